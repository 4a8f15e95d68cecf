import { mkdtemp, mkdir, readFile, readdir, rm, truncate, writeFile, appendFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { key } from '@diptych/core';
import { writeSafetensors } from '@diptych/formats';
import { FakeNetwork } from '@diptych/test-utils/losses';
import { autoencoding, seededBatches, take } from '@diptych/test-utils/trainer';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { train } from '../loop/train.ts';
import { adamW } from '../optimizers/adam-w.ts';
import { jsonlLog, type LogGap } from './jsonl-log.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { lockFolder } from './lock-folder.ts';
import { saveCheckpoint } from './save-checkpoint.ts';
import { stopSignal } from './stop-signal.ts';

beforeAll(() => tf.setBackend('cpu'));

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diptych-'));
  path = join(folder, 'deep', 'last.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const options = (resume?: Checkpoint) => ({
  network: new FakeNetwork(),
  objective: autoencoding,
  data: seededBatches(),
  optimizer: adamW(),
  key: key(0),
  ...(resume && { resume }),
});

async function checkpointAt(steps: number): Promise<Checkpoint> {
  const run = train(options());
  await take(run, steps);
  return run.checkpoint({ note: 'mine' });
}

describe('saveCheckpoint and loadCheckpoint', () => {
  it('give back what was saved, and leave one file in folders they make', async () => {
    const checkpoint = await checkpointAt(2);
    await saveCheckpoint(path, checkpoint);
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
    expect(await readdir(join(folder, 'deep'))).toEqual(['last.safetensors']);
    expect(checkpoint.state.metadata).toEqual({ note: 'mine' });
  });

  it('replaces an earlier checkpoint or one of the same step, never a later one', async () => {
    const [one, two] = [await checkpointAt(1), await checkpointAt(2)];
    await saveCheckpoint(path, one);
    await saveCheckpoint(path, two);
    await saveCheckpoint(path, two);
    await expect(saveCheckpoint(path, one)).rejects.toThrow(/step 1 or before .*got "the checkpoint of step 2"/);
    expect((await loadCheckpoint(path)).state.step).toBe(2);
    await saveCheckpoint(path, one, { overwrite: true });
    expect((await loadCheckpoint(path)).state.step).toBe(1);
  });

  it('never replaces what is no checkpoint', async () => {
    await mkdir(join(folder, 'deep'));
    const weights = writeSafetensors({ w: { dtype: 'float32', shape: [1], data: new Float32Array(1) } }, { step: '0' });
    const others = ['', 'short', 'a text file that is longer than a header', '{}', '\xff'.repeat(40)].map((text) =>
      Buffer.from(text, 'latin1'),
    );
    for (const content of [...others, Buffer.from(weights)]) {
      await writeFile(path, content);
      await expect(saveCheckpoint(path, await checkpointAt(1))).rejects.toThrow(/a file of another kind/);
      expect(await readFile(path)).toEqual(content);
    }
  });

  it('never writes weights that are not finite over good ones', async () => {
    const good = await checkpointAt(1);
    await saveCheckpoint(path, good);
    const { tensors, state } = await checkpointAt(2);
    const data = Float32Array.from(tensors['network.bias'].data as Float32Array).fill(NaN, 1);
    const bad = { state, tensors: { ...tensors, 'network.bias': { ...tensors['network.bias'], data } } } as Checkpoint;
    await expect(saveCheckpoint(path, bad)).rejects.toThrow(
      /'network.bias' of the checkpoint must be finite .*, got "NaN at 1, \d of \d in all"/,
    );
    expect(await loadCheckpoint(path)).toEqual(good);
  });

  it('leaves the old file whole, and nothing beside it, when the disk refuses', async () => {
    await mkdir(path, { recursive: true }); // a folder stands where the file should
    const checkpoint = await checkpointAt(1);
    await expect(saveCheckpoint(path, checkpoint, { overwrite: true })).rejects.toThrow();
    expect(await readdir(join(folder, 'deep'))).toEqual(['last.safetensors']);
  });

  it('names the file that is cut short, foreign or absent, and what it lacks', async () => {
    await saveCheckpoint(path, await checkpointAt(1));
    const whole = await readFile(path);
    for (const length of [0, 5, 100, whole.length - 100, whole.length - 1]) {
      await writeFile(path, whole);
      await truncate(path, length);
      await expect(loadCheckpoint(path)).rejects.toThrow(/loadCheckpoint: ".*last.safetensors"/);
    }
    const data = new Float32Array(1);
    await writeFile(path, writeSafetensors({ 'pos_embed.weight': { dtype: 'float32', shape: [1], data } }));
    await expect(loadCheckpoint(path)).rejects.toThrow(
      /format in the metadata \(beside tensors pos_embed.weight.* must be 'diptych.checkpoint\/2', got "none"/,
    );
    await expect(loadCheckpoint(join(folder, 'nothing'))).rejects.toThrow(/ENOENT/);
  });

  it('refuses a state in the metadata that was tampered with', async () => {
    const { state } = await checkpointAt(1);
    const broken = [
      { ...state, step: -1 },
      { ...state, key: [1] },
      { ...state, config: null },
      { ...state, version: 3 },
      null,
    ];
    for (const value of broken) {
      await writeFile(
        join(folder, 'x'),
        writeSafetensors({}, { format: 'diptych.checkpoint/1', step: '1', state: JSON.stringify(value) }),
      );
      await expect(loadCheckpoint(join(folder, 'x'))).rejects.toThrow(/state\.\w+ must be/);
    }
    await writeFile(join(folder, 'x'), writeSafetensors({}, { format: 'diptych.checkpoint/1', state: '{"step":' }));
    await expect(loadCheckpoint(join(folder, 'x'))).rejects.toThrow(/state in the metadata must be JSON/);
  });

  it('lets saves of one path in one process take turns: never a mixture, never one lost', async () => {
    const { state, tensors } = await checkpointAt(1);
    const of = (step: number): Checkpoint => {
      const data = new Float32Array(1e6).fill(step);
      return { state: { ...state, step }, tensors: { ...tensors, large: { dtype: 'float32', shape: [1e6], data } } };
    };
    for (let round = 0; round < 8; round++) {
      const steps = [3 * round + 1, 3 * round + 2, 3 * round + 3];
      await Promise.all(steps.map((step) => saveCheckpoint(path, of(step))));
      const { state: found, tensors: whole } = await loadCheckpoint(path);
      expect([found.step, ...new Set(whole.large.data as Float32Array)]).toEqual([steps[2], steps[2]]);
    }
    const [late, early] = [saveCheckpoint(path, of(90)), saveCheckpoint(path, of(80))];
    await late;
    await expect(early).rejects.toThrow(/step 80 or before .*got "the checkpoint of step 90"/);
    expect(await readdir(join(folder, 'deep'))).toEqual(['last.safetensors']);
  });

  it('removes what a killed process left of its save', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await saveCheckpoint(path, await checkpointAt(1));
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    await writeFile(`${path}.${host}-${pid}-5-0123abcd.partial`, 'half');
    await saveCheckpoint(path, await checkpointAt(2));
    expect(await readdir(join(folder, 'deep'))).toEqual(['last.safetensors']);
  });

  it('is how training resumes in another process', async () => {
    const straight = train(options());
    const wanted = (await take(straight, 4)).map(({ loss }) => loss);
    await saveCheckpoint(path, await checkpointAt(2));
    const rest = train(options(await loadCheckpoint(path)));
    expect((await take(rest, 2)).map(({ loss }) => loss)).toEqual(wanted.slice(2));
  });
});

describe('jsonlLog', () => {
  const log = () => join(folder, 'runs', 'log.jsonl');
  const lines = async () => (await readFile(log(), 'utf8')).split('\n');
  const write = async (steps: number[], resume?: number) => {
    const to = await jsonlLog(log(), { resume });
    for (const step of steps) void to.write({ step });
    await to.close();
  };

  it('writes one JSON object a line, in order, each there when its promise resolves', async () => {
    const to = await jsonlLog(log());
    await to.write({ step: 1, loss: NaN, metrics: { up: Infinity, down: -Infinity, fine: 0.5 } } as { step: number });
    expect((await lines())[0]).toBe(
      '{"step":1,"loss":"NaN","metrics":{"up":"Infinity","down":"-Infinity","fine":0.5}}',
    );
    const writes = [2, 3, 4].map((step) => to.write({ step }));
    await Promise.all(writes);
    await to.close();
    expect((await lines()).slice(1)).toEqual(['{"step":2}', '{"step":3}', '{"step":4}', '']);
  });

  it('goes on after a resume without a step twice and without one missing', async () => {
    await write([1, 2, 3, 4, 5]);
    await write([4, 5, 6], 3);
    expect(await lines()).toEqual([1, 2, 3, 4, 5, 6].map((step) => `{"step":${step}}`).concat(''));
    await write([], 6);
    expect(await lines()).toHaveLength(7);
    await write([1], 0);
    expect(await lines()).toEqual(['{"step":1}', '']);
  });

  it('survives a crash in the middle of a line', async () => {
    await write([1, 2]);
    await appendFile(log(), '{"step":3,"lo');
    await write([3], 2);
    expect(await lines()).toEqual(['{"step":1}', '{"step":2}', '{"step":3}', '']);
    await appendFile(log(), '{"st');
    await write([4], 3);
    expect(await lines()).toEqual(['{"step":1}', '{"step":2}', '{"step":3}', '{"step":4}', '']);
  });

  it('notices that it is shorter than its checkpoint, and goes on with a gap only when told to', async () => {
    await write([1, 2, 3]);
    const before = await readFile(log());
    await expect(jsonlLog(log(), { resume: 5 })).rejects.toThrow(
      /jsonlLog: .*log.jsonl ends with step 3, but the training goes on from step 5: resume from an earlier checkpoint, /,
    );
    await expect(jsonlLog(join(folder, 'none.jsonl'), { resume: 1 })).rejects.toThrow(/is empty, but .* from step 1/);
    expect(await readFile(log())).toEqual(before);
    expect(await readdir(folder)).toEqual(['runs']);
    const gaps: LogGap[] = [];
    const to = await jsonlLog(log(), { resume: 5, onGap: (gap) => gaps.push(gap) });
    await to.write({ step: 6 });
    await to.close();
    expect(gaps).toEqual([{ last: 3, resume: 5 }]);
    expect(await lines()).toHaveLength(5);
  });

  it('lets a log of every tenth step end up to nine steps before its checkpoint', async () => {
    await write([10, 20, 30]);
    for (const resume of [30, 35, 39]) await write([], resume);
    await expect(jsonlLog(log(), { resume: 40 })).rejects.toThrow(/ends with step 30/);
    await write([], 25);
    await expect(jsonlLog(log(), { resume: 30 })).rejects.toThrow(/ends with step 20/);
  });

  it('is written by one run at a time', async () => {
    const first = await jsonlLog(log());
    await expect(jsonlLog(log(), { resume: 0 })).rejects.toThrow(
      /jsonlLog: .*log.jsonl is in use by this very process: close what holds it first, or log to another file/,
    );
    await first.write({ step: 1 });
    await first.sync();
    await Promise.all([first.close(), first.close()]);
    expect(await readdir(join(folder, 'runs'))).toEqual(['log.jsonl']);
    await write([2], 1);
    expect(await lines()).toEqual(['{"step":1}', '{"step":2}', '']);
  });

  it('refuses to touch a log unless it resumes, and a file that is no log', async () => {
    await write([1, 2]);
    const before = await readFile(log());
    await expect(jsonlLog(log())).rejects.toThrow(/log.jsonl must be new or empty \(or resume\)/);
    expect(await readFile(log())).toEqual(before);
    for (const content of ['hello\nworld\n', '{"loss":1}\n', 'null\n', '[1]\n']) {
      await writeFile(log(), content);
      await expect(jsonlLog(log(), { resume: 5 })).rejects.toThrow(/line 1 of/);
      expect(await readFile(log(), 'utf8')).toBe(content);
    }
    await writeFile(log(), '');
    await write([1]);
    expect(await lines()).toEqual(['{"step":1}', '']);
  });

  it('logs a training', async () => {
    const to = await jsonlLog(log());
    for await (const event of train({ ...options(), steps: 3 })) await to.write(event);
    await to.close();
    const events = (await lines()).slice(0, 3).map((line) => JSON.parse(line) as { step: number; loss: number });
    expect(events.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(events.every(({ loss }) => loss > 0)).toBe(true);
  });
});

describe('lockFolder', () => {
  it('keeps a second run out, of this process or another, and lets it in after a kill', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(/^lockFolder: .* is in use by this very process: /);
    await lock.release();
    const source = fileURLToPath(new URL('./lock-folder.ts', import.meta.url));
    const code = `
      const { lockFolder } = await import(${JSON.stringify(source)});
      await lockFolder(${JSON.stringify(folder)});
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const tsconfig = fileURLToPath(new URL('../../../../tsconfig.json', import.meta.url));
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code];
    const child = spawn(process.execPath, args, { env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig } });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await Promise.race([once(child.stdout, 'data'), ended]);
    await expect(lockFolder(folder)).rejects.toThrow(
      `${folder} is in use by process ${child.pid}: wait for it, stop it (kill ${child.pid}), or take another folder`,
    );
    child.kill('SIGKILL');
    await ended;
    await using taken = await lockFolder(folder);
    expect(taken).toBeDefined();
  });
});

describe('stopSignal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('aborts at %s, once: a second one would end the process', (name, code) => {
    const before = process.listenerCount(name);
    const stop = stopSignal();
    expect([stop.signal.aborted, stop.exitCode, process.listenerCount(name)]).toEqual([false, undefined, before + 1]);
    process.emit(name, name);
    expect([stop.signal.aborted, stop.exitCode, process.listenerCount(name)]).toEqual([true, code, before]);
    stopSignal().dispose();
    expect(process.listenerCount(name)).toBe(before);
  });
});
