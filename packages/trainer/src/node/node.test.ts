import { mkdtemp, mkdir, readFile, readdir, rm, truncate, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
import { jsonlLog } from './jsonl-log.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { saveCheckpoint } from './save-checkpoint.ts';

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
    await expect(saveCheckpoint(path, bad)).rejects.toThrow(/'network.bias' of the checkpoint must be finite/);
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
      await expect(loadCheckpoint(path)).rejects.toThrow(/loadCheckpoint: '.*last.safetensors'/);
    }
    const data = new Float32Array(1);
    await writeFile(path, writeSafetensors({ 'pos_embed.weight': { dtype: 'float32', shape: [1], data } }));
    await expect(loadCheckpoint(path)).rejects.toThrow(
      /format in the metadata \(beside tensors pos_embed.weight.* must be 'diptych.checkpoint\/1', got "none"/,
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
    await write([4], 9);
    expect(await lines()).toEqual(['{"step":1}', '{"step":2}', '{"step":3}', '{"step":4}', '']);
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
