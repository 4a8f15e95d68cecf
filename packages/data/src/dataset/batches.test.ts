import { key } from '@diptych/core';
import type { Batch } from '@diptych/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayDataset } from './array-dataset.ts';
import { batches } from './batches.ts';
import type { Dataset } from './dataset.ts';

const numbered = (n: number) => arrayDataset({ x: Float32Array.from({ length: n }, (_, i) => i), shape: [1, 1, 1] });

async function take(stream: AsyncIterable<Batch>, count: number): Promise<number[][]> {
  const found: number[][] = [];
  for await (const batch of stream) {
    found.push(Array.from(batch.index!));
    if (found.length === count) break;
  }
  return found;
}

describe('batches', () => {
  it('visits every image once an epoch, in another order every epoch', async () => {
    const stream = batches(numbered(12), { batchSize: 4, key: key(0) });
    const found = await take(stream, 6);
    const epochs = [found.slice(0, 3).flat(), found.slice(3).flat()];
    for (const epoch of epochs)
      expect(epoch.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(stream.stepsPerEpoch).toBe(3);
  });

  it('of step s depends on the key and s alone, whatever the length, the batch size and the way there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer(),
        fc.boolean(),
        async (length, size, start, seed, dropRemainder) => {
          const options = { batchSize: Math.min(size, length), key: key(seed), dropRemainder };
          const straight = await take(batches(numbered(length), options), start + 3);
          const resumed = await take(batches(numbered(length), options).from(start), 3);
          const positioned = await take(batches(numbered(length), { ...options, position: start }), 3);
          const asked = Array.from((await batches(numbered(length), options).at(start + 2)).index!);
          expect(resumed).toEqual(straight.slice(start));
          expect(positioned).toEqual(resumed);
          expect(asked).toEqual(resumed[2]);
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  it('gives another order for another key', async () => {
    const orderOf = async (seed: number) =>
      (await take(batches(numbered(20), { batchSize: 20, key: key(seed) }), 1))[0];
    expect(await orderOf(1)).not.toEqual(await orderOf(2));
    expect(await orderOf(1)).toEqual(await orderOf(1));
  });

  it('leaves the remainder of an epoch out, or ends the epoch on it', async () => {
    const dropped = batches(numbered(10), { batchSize: 4, key: key(3) });
    const kept = batches(numbered(10), { batchSize: 4, key: key(3), dropRemainder: false });
    expect((await take(dropped, 4)).map((b) => b.length)).toEqual([4, 4, 4, 4]);
    expect((await take(kept, 4)).map((b) => b.length)).toEqual([4, 4, 2, 4]);
    expect([dropped.stepsPerEpoch, kept.stepsPerEpoch]).toEqual([2, 3]);
    expect((await take(kept, 3)).flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('can be walked twice at once without one walk disturbing the other', async () => {
    const stream = batches(numbered(9), { batchSize: 3, key: key(5) });
    const [first, second] = await Promise.all([take(stream, 7), take(stream.from(4), 3)]);
    expect(second).toEqual(first.slice(4, 7));
  });

  it('checks what the data set gives, and names the image', async () => {
    const broken: Dataset = {
      name: 'broken',
      length: 4,
      shape: [1, 1, 1],
      classes: ['a'],
      batch: (indices) => ({
        x: Float32Array.from(indices, (i) => (i === 2 ? NaN : 0)),
        shape: [indices.length, 1, 1, 1],
        label: new Int32Array(indices.length),
      }),
    };
    const stream = batches(broken, { batchSize: 4, key: key(0) });
    await expect(stream.at(7)).rejects.toThrow(/broken.*image 2 must be free of NaN/);
    const small = { ...broken, batch: () => ({ x: new Float32Array(1), shape: [1, 1, 1, 1] as const }) };
    await expect(batches(small, { batchSize: 2, key: key(0) }).at(0)).rejects.toThrow(/shape must be \[2,1,1,1\]/);
    const mislabeled = {
      ...broken,
      batch: () => ({ x: new Float32Array(1), shape: [1, 1, 1, 1] as const, label: new Int32Array([1]) }),
    };
    await expect(batches(mislabeled, { batchSize: 1, key: key(0) }).at(0)).rejects.toThrow(/label of image \d/);
  });

  it('refuses batch sizes and steps that make no sense', async () => {
    const options = { key: key(0) };
    expect(() => batches(numbered(3), { ...options, batchSize: 4 })).toThrow(/batchSize must be an integer in 1 .. 3/);
    expect(() => batches(numbered(3), { ...options, batchSize: 0 })).toThrow(/batchSize/);
    expect(() => batches(numbered(3), { ...options, batchSize: 1.5 })).toThrow(/batchSize/);
    expect(() => batches(numbered(3), { ...options, batchSize: 1, position: -1 })).toThrow(/position/);
    const stream = batches(numbered(3), { ...options, batchSize: 5, dropRemainder: false });
    expect((await stream.at(2)).index!.length).toBe(3);
    await expect(stream.at(0.5)).rejects.toThrow(/step/);
    expect(() => stream.from(-2)).toThrow(/step/);
  });
});
