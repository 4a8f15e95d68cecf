import { createHash } from 'node:crypto';
import { writeSafetensors } from '@diptych/formats';
import { holders } from '@diptych/test-utils/formats';
import { describe, expect, it } from 'vitest';
import { matchWeights } from './match-weights.ts';
import { readWeights } from './read-weights.ts';

const tensor = (data: number[]) => ({ shape: [data.length], dtype: 'float32' as const, data: Float32Array.from(data) });
const file = writeSafetensors({ a: tensor([1, 2]) });
const sha256 = createHash('sha256').update(file).digest('hex');

// The head of a file in PyTorch's older format, cut short.
const legacy =
  'gAKKCmz8nEb5IGqoUBkugAJN6QMugAJ9cQAoWBAAAABwcm90b2NvbF92ZXJzaW9ucQFN6QNYDQAAAGxpdHRsZV9lbmRpYW5xAohYCgAAAHR5cGVfc2l6ZXNxA31xBChYBQAAAHNob3J0cQVLAlgDAAAAaW50cQZLBFgEAAAAbG9uZ3EHSwR1dS4=';

describe('readWeights', () => {
  it('reads safetensors and tells their SHA-256, all digits or the first ones wanted', async () => {
    for (const wanted of [undefined, sha256, sha256.slice(0, 8).toUpperCase()]) {
      const found = await readWeights(file, wanted ? { sha256: wanted } : {});
      expect(found.sha256).toBe(sha256);
      expect(Array.from(found.tensors['a'].data as Float32Array)).toEqual([1, 2]);
    }
  });

  it.each(holders.filter(([name]) => !/(ArrayBuffer|DataView)$/.test(name)))(
    'reads %s, as it is at the call',
    async (_, hold) => {
      const { bytes, wipe } = hold(file);
      const found = readWeights(bytes as Uint8Array, { sha256 });
      wipe();
      expect(Array.from((await found).tensors['a'].data as Float32Array)).toEqual([1, 2]);
    },
  );

  it('refuses another file, no hash, and bytes of neither format, naming the file', async () => {
    const wrong = readWeights(file, { name: 'w.pth', sha256: 'deadbeef' });
    await expect(wrong).rejects.toThrow(`w.pth has the SHA-256 ${sha256}, not deadbeef`);
    await expect(readWeights(file, { sha256: 'none' })).rejects.toThrow(/sha256 must be 8 to 64 hexadecimal digits/);
    await expect(readWeights(Uint8Array.from(Buffer.from(legacy, 'base64')))).rejects.toThrow(/readPyTorch/);
    await expect(readWeights(file.subarray(0, 40))).rejects.toThrow(/readSafetensors/);
  });
});

describe('matchWeights', () => {
  it('passes over counters of batch norms, and lists everything else that does not fit', () => {
    const counter = { shape: [], dtype: 'int64' as const, data: new BigInt64Array(1) };
    expect(matchWeights({ a: tensor([1]), 'bn.num_batches_tracked': counter }, { a: [1] }, 'test')).toEqual({
      a: Float32Array.from([1]),
    });
    expect(() => matchWeights({ b: tensor([1]), c: tensor([NaN]) }, { a: [1], b: [2], c: [1] }, 'test')).toThrow(
      /1 missing: a; 1 of another shape: b is \[1\] \(1 numbers\) instead of \[2\]; 1 with NaN or infinity: c/,
    );
  });
});
