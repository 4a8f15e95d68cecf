import { zipSync } from 'fflate';
import { gunzipped, pythonFiles } from '@diptych/test-utils/formats';
import { describe, expect, it } from 'vitest';
import { writeNpy } from './npy.ts';
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
    expect(readNpz(compressed)).toEqual({ mu: { shape: [100], dtype: 'float64', data: new Float64Array(100) } });
  });

  it('give arrays back, and the same bytes for the same arrays', () => {
    const arrays = {
      mu: { shape: [2], data: new Float64Array([1, 2]) },
      x: { shape: [1, 3], data: new Uint8Array([1, 2, 3]) },
    };
    const read = { mu: { ...arrays.mu, dtype: 'float64' }, x: { ...arrays.x, dtype: 'uint8' } };
    expect(readNpz(writeNpz(arrays))).toEqual(read);
    expect(writeNpz(arrays)).toEqual(writeNpz(arrays));
  });

  it('name the array that cannot be read', () => {
    expect(() => readNpz(zipSync({ 'mu.npy': new Uint8Array(3) }), { name: 'ref.npz' })).toThrow(
      /mu.npy in ref.npz is not an npy file/,
    );
  });

  it('list arrays that are not read, and refuse them when they are asked for', () => {
    const arrays = readNpz(gunzipped(pythonFiles().npz), { name: 'a.npz' });
    expect(Object.keys(arrays)).toEqual(['images', 'labels', 'extra', 'z', 'y']);
    expect(arrays.images.shape).toEqual([1, 2, 2, 3]);
    expect(Array.from(arrays.y.data)).toEqual([3]);
    expect(() => arrays.labels).toThrow('readNpy: labels.npy in a.npz holds strings of type "<U3", which are not read');
    expect(() => arrays.extra).toThrow('extra.npy in a.npz holds Python objects of type "|O"');
    expect(() => arrays.z).toThrow('z.npy in a.npz holds complex numbers of type "<c16"');
  });

  it('keep every name, also those of the prototype and numbers', () => {
    const x = { shape: [1], data: Uint8Array.of(7) };
    const arrays = readNpz(writeNpz(Object.fromEntries(['__proto__', 'constructor', '1'].map((name) => [name, x]))));
    expect(new Set(Object.keys(arrays))).toEqual(new Set(['__proto__', 'constructor', '1']));
    expect(Object.getOwnPropertyDescriptor(arrays, '__proto__')?.value).toEqual({ ...x, dtype: 'uint8' });
  });

  it('refuse two files that are one array, and more bytes than allowed', () => {
    const npy = writeNpz({ a: { shape: [1], data: Uint8Array.of(1) } });
    expect(() => readNpz(npy, { maxBytes: 100 })).toThrow('readNpz: npz would unpack to more than 100 bytes');
    const bytes = writeNpy({ shape: [1], data: Uint8Array.of(1) });
    expect(() => readNpz(zipSync({ 'a.npy': bytes, a: bytes }))).toThrow('readNpz: npz holds two arrays of one name');
  });
});
