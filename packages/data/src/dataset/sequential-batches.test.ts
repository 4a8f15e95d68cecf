import { describe, expect, it } from 'vitest';
import { toBatch } from './to-batch.ts';
import { arrayDataset } from './array-dataset.ts';
import { sequentialBatches } from './sequential-batches.ts';

const seven = arrayDataset({ x: Float32Array.from({ length: 7 }, (_, i) => i), shape: [1, 1, 1] });
const broken = { ...seven, batch: () => ({ x: new Float32Array(1).fill(NaN), shape: [1, 1, 1, 1] as const }) };

describe('sequentialBatches', () => {
  it('gives every image once, in order, the last batch smaller', async () => {
    const found: number[][] = [];
    for await (const { x, index } of sequentialBatches(seven, { batchSize: 3 })) {
      found.push(Array.from(x));
      expect(Array.from(index!)).toEqual(Array.from(x));
    }
    expect(found).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });

  it('checks what it hands out', async () => {
    await expect(sequentialBatches(broken, { batchSize: 1 }).next()).rejects.toThrow(/image 0 must be free of NaN/);
    await expect(sequentialBatches(seven, { batchSize: 0 }).next()).rejects.toThrow(/batchSize/);
  });
});

describe('all', () => {
  it('is the one batch of everything, checked', async () => {
    expect(Array.from((await toBatch(seven)).x)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await expect(toBatch({ ...broken, length: 1 })).rejects.toThrow(/image 0/);
  });
});
