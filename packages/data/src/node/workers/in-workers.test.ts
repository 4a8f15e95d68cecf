import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key } from '@diptych/core';
import type { Batch } from '@diptych/core';
import { numberSet } from '@diptych/test-utils/data';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { batches } from '../../dataset/batches.ts';
import { prefetch } from '../../dataset/prefetch.ts';
import type { WorkerDataset } from '../../workers/port-lines.ts';
import { inWorkers } from './in-workers.ts';

const tsconfig = fileURLToPath(new URL('../../../../../tsconfig.json', import.meta.url));
// Workers run the sources as they are; tsx's own --import leaves out threads.
const register = `import { register } from '${import.meta.resolve('tsx/esm/api')}'; register();`;
const workerOptions = {
  execArgv: ['--import', `data:text/javascript,${encodeURIComponent(register)}`],
  env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
};
const module = '@diptych/test-utils/data';
const open: WorkerDataset[] = [];
const start = async (length: number, workers: number, options = {}) => {
  const data = await inWorkers({ module, open: 'numberSet', args: [length], workers, workerOptions, ...options });
  open.push(data);
  return data;
};
afterEach(async () => {
  for (const data of open.splice(0)) await data.close();
});

async function take(stream: AsyncIterable<Batch>, count: number): Promise<Batch[]> {
  const taken: Batch[] = [];
  for await (const batch of stream) if (taken.push(batch) === count) break;
  return taken;
}

describe('inWorkers with prefetch', () => {
  it('gives the same batches in the same order for any number of workers, depth, batch size and position', async () => {
    const sets = [await start(23, 1), await start(23, 3)];
    const here = numberSet(23);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          set: fc.constantFrom(...sets),
          depth: fc.integer({ min: 1, max: 9 }),
          batchSize: fc.integer({ min: 1, max: 23 }),
          seed: fc.integer({ min: 0, max: 1000 }),
          position: fc.integer({ min: 0, max: 60 }),
          dropRemainder: fc.boolean(),
        }),
        async ({ set, depth, position, seed, ...others }) => {
          const options = { ...others, key: key(seed) };
          const expected = await take(batches(here, options).from(position), 6);
          const stream = prefetch(batches(set, { ...options, position }), { depth });
          expect(await take(stream, 6)).toEqual(expected);
          expect(await take(stream.from(position + 2), 2)).toEqual(expected.slice(2, 4));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('passes errors through, at the turn of the batch that failed, and goes on', async () => {
    const data = await start(40, 2);
    expect([data.name, data.length, data.shape, data.classes]).toEqual(['numbers', 40, [1, 1, 1], ['even', 'odd']]);
    await expect(data.batch([40])).rejects.toMatchObject({
      name: 'DiptychError',
      message: 'numbers.batch: indices[0] must be an integer in 0 .. 39, got 40',
      details: { where: 'numbers.batch', value: 40 },
    });
    const bad = await inWorkers({ module, open: 'numberSet', args: [40, 7], workers: 2, workerOptions });
    open.push(bad);
    const stream = prefetch(batches(bad, { batchSize: 4, key: key(1) }), { depth: 5 });
    const order = batches(numberSet(40), { batchSize: 4, key: key(1) });
    let seen = 0;
    await expect(
      (async () => {
        for await (const { index } of stream) {
          expect(index).toEqual((await order.at(seen)).index);
          seen++;
        }
      })(),
    ).rejects.toThrow('image 7 is damaged');
    expect((await order.at(seen)).index).toContain(7);
    expect((await bad.batch([1, 2])).x).toEqual(Float32Array.of(1, 2));
  });

  it('says what cannot be opened, and that a worker has died', async () => {
    await expect(start(10, 0)).rejects.toThrow(/workers must be a positive integer, got 0/);
    await expect(start(0, 1)).rejects.toThrow(/x must be a positive multiple of 1/);
    await expect(inWorkers({ module, open: 'nothing', args: [], workerOptions })).rejects.toThrow(
      /exports no function/,
    );
    const missing = inWorkers({ module: 'no-such-package', open: 'x', args: [], workerOptions });
    await expect(missing).rejects.toThrow(/no-such-package/);
    const data = await start(10, 1);
    await expect(data.batch([-1])).rejects.toThrow(/in 0 .. 9/);
    const dying = await inWorkers({ module, open: 'dyingSet', args: [], workerOptions });
    await expect(dying.batch([0])).rejects.toThrow(/a worker ended with code 3/);
    await expect(dying.batch([0])).rejects.toThrow(/a worker ended with code 3/);
  });

  it('says what cannot be opened even if it hears of that and of the end of the worker at the same time', async () => {
    const missing = inWorkers({ module: 'no-such-package', open: 'x', args: [], workerOptions });
    missing.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Nothing is heard until the worker has long ended.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    await expect(missing).rejects.toThrow(/no-such-package/);
  });

  it('ends with close or a signal, and batches under way fail with the reason', async () => {
    const controller = new AbortController();
    const data = await start(10, 2, { signal: controller.signal });
    const under = data.batch([1]);
    controller.abort(new Error('enough'));
    await expect(under).rejects.toThrow('enough');
    await expect(data.batch([1])).rejects.toThrow('enough');
    const other = await start(10, 1);
    const late = other.batch([1]);
    void other.close();
    await expect(late).rejects.toThrow(/the workers were ended/);
    await expect(start(10, 1, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('refuses functions in place of names and among the arguments, and the process ends', () => {
    const file = fileURLToPath(new URL('./in-workers.ts', import.meta.url));
    const code = `
      import { inWorkers } from ${JSON.stringify(file)};
      const module = ${JSON.stringify(module)};
      const jobs = [
        { module, open: 'numberSet', args: [() => 5] },
        { module, open: 'numberSet', args: [{ deep: [Math.cos] }], workers: 2 },
        { module, open: () => 5, args: [] },
        { module: () => 5, open: 'numberSet', args: [] },
        { module, open: 'numberSet', args: 5 },
        { module, open: 'numberSet', args: [5], workerOptions: { env: () => 5 } },
      ];
      for (const job of jobs) await inWorkers(job).catch((error) => console.log(error.message));`;
    const folder = mkdtempSync(join(tmpdir(), 'diptych-'));
    try {
      writeFileSync(join(folder, 'main.mjs'), code);
      const run = [...workerOptions.execArgv, join(folder, 'main.mjs')];
      const { stdout, status } = spawnSync(process.execPath, run, {
        encoding: 'utf8',
        env: workerOptions.env,
        timeout: 20_000,
      });
      expect(status).toBe(0);
      const lines = stdout.trim().split('\n');
      expect(lines).toHaveLength(6);
      expect(lines[0]).toMatch(/^inWorkers: args must be plain values without functions, .* got \[function/);
      expect(lines[1]).toMatch(/^inWorkers: args must be plain values/);
      expect(lines[2]).toMatch(/^inWorkers: open must be the name of a function that the module exports, got function/);
      expect(lines[3]).toMatch(/^inWorkers: module must be the name or URL of a module/);
      expect(lines[4]).toMatch(/^inWorkers: args must be a list, got 5/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('does not keep a process from ending, and waits for what is under way', () => {
    const file = fileURLToPath(new URL('./in-workers.ts', import.meta.url));
    const code = `
      import { inWorkers } from ${JSON.stringify(file)};
      const data = await inWorkers({ module: ${JSON.stringify(module)}, open: 'numberSet', args: [5], workers: 2 });
      console.log(String((await data.batch([3, 4])).x));`;
    const folder = mkdtempSync(join(tmpdir(), 'diptych-'));
    try {
      writeFileSync(join(folder, 'main.mjs'), code);
      const run = [...workerOptions.execArgv, join(folder, 'main.mjs')];
      const { stdout, stderr, status } = spawnSync(process.execPath, run, {
        encoding: 'utf8',
        env: workerOptions.env,
        timeout: 60_000,
      });
      expect([stdout.trim(), status], stderr).toEqual(['3,4', 0]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('prefetch', () => {
  it('asks for no more than so many batches ahead', async () => {
    const asked: number[] = [];
    const plain = batches(numberSet(100), { batchSize: 2, key: key(0) });
    const counted = { ...plain, at: (step: number) => (asked.push(step), plain.at(step)) };
    const iterator = prefetch(counted, { depth: 3 }).from(10)[Symbol.asyncIterator]();
    await iterator.next();
    expect(asked).toEqual([10, 11, 12]);
    await iterator.next();
    expect(asked).toEqual([10, 11, 12, 13]);
    expect(() => prefetch(plain, { depth: 0 })).toThrow(/depth must be a positive integer, got 0/);
  });
});
