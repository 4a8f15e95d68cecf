import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readNpz, writeNpz } from './npz.ts';

// Written by numpy 2.4: savez_compressed(mu=np.zeros(100)).
const compressed = Uint8Array.from(
  Buffer.from(
    'UEsDBC0AAAAIAAAAIQB8fZ0a//////////8GABQAbXUubnB5AQAQAKADAAAAAAAATgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGBgY6mjoKtQpkAy6GUTAKRgFOAABQSwECLQMtAAAACAAAACEAfH2dGk4AAACgAwAABgAAAAAAAAAAAAAAgAEAAAAAbXUubnB5UEsFBgAAAAABAAEANAAAAIYAAAAAAA==',
    'base64',
  ),
);

describe('readNpz and writeNpz', () => {
  it('read what numpy compressed', () => {
    expect(readNpz(compressed)).toEqual({ mu: { shape: [100], data: new Float64Array(100) } });
  });

  it('give arrays back, and the same bytes for the same arrays', () => {
    const arrays = {
      mu: { shape: [2], data: new Float64Array([1, 2]) },
      x: { shape: [1, 3], data: new Uint8Array([1, 2, 3]) },
    };
    expect(readNpz(writeNpz(arrays))).toEqual(arrays);
    expect(writeNpz(arrays)).toEqual(writeNpz(arrays));
  });

  it('name the array that cannot be read', () => {
    expect(() => readNpz(zipSync({ 'mu.npy': new Uint8Array(3) }), { name: 'ref.npz' })).toThrow(
      /mu.npy in ref.npz must be an npy file/,
    );
  });
});
