import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { all } from '../dataset/all.ts';
import { encodePng } from '../raster/encode-png.ts';
import { readNpy, writeNpy } from './npy.ts';
import { readNpz, writeNpz } from './npz.ts';
import { unzip } from './unzip.ts';
import { zipDataset } from './zip-dataset.ts';

// Written by numpy 2.4: savez_compressed(mu=np.zeros(100)).
const compressed = Uint8Array.from(
  Buffer.from(
    'UEsDBC0AAAAIAAAAIQB8fZ0a//////////8GABQAbXUubnB5AQAQAKADAAAAAAAATgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGBgY6mjoKtQpkAy6GUTAKRgFOAABQSwECLQMtAAAACAAAACEAfH2dGk4AAACgAwAABgAAAAAAAAAAAAAAgAEAAAAAbXUubnB5UEsFBgAAAAABAAEANAAAAIYAAAAAAA==',
    'base64',
  ),
);
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const npy = (header: string, body: number[]) => {
  const text = new TextEncoder().encode(header);
  return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, text.length, 0, ...text, ...body]);
};

describe('unzip', () => {
  it('refuses other bytes, a cut archive, wrong checksums, paths that lead out, and what grows beyond the limit', () => {
    const archive = zipSync({ 'a/b': new Uint8Array(5000), 'c/': new Uint8Array(0) });
    expect([...unzip(archive).keys()]).toEqual(['a/b']);
    expect(() => unzip(new Uint8Array(50), { name: 'x.zip' })).toThrow(/x.zip must be a whole zip archive/);
    expect(() => unzip(archive.subarray(0, archive.length - 30))).toThrow(/whole zip archive/);
    for (const name of ['../a', 'a/../../b', '/etc/passwd', 'c:/a', '..\\a']) {
      const text = JSON.stringify(name).replaceAll('\\', '\\\\');
      const message = new RegExp(`a name in x.zip must be a path inside the archive, got ${text}`);
      expect(() => unzip(zipSync({ [name]: new Uint8Array(1) }), { name: 'x.zip' })).toThrow(message);
    }
    const damaged = zipSync({ a: new Uint8Array(50).fill(7) }, { level: 0 });
    damaged[damaged.indexOf(7, 31)] = 8;
    expect(() => unzip(damaged, { name: 'x.zip' })).toThrow(/a in x.zip must be what its checksum says/);
    expect(() => unzip(archive, { maxBytes: 4999, name: 'bomb.zip' })).toThrow(/bomb.zip must be at most 4999 bytes/);
  });
});

describe('readNpy and writeNpy', () => {
  it('give every array back, whatever its type and shape', () => {
    for (const data of [
      new Uint8Array([1, 2]),
      new Int16Array([-1, 300]),
      new Float32Array([1.5, -2]),
      new Float64Array([1e300, 2]),
    ]) {
      for (const shape of [[2], [1, 2], [2, 1, 1]]) {
        const bytes = writeNpy({ shape, data });
        expect((bytes.length - data.byteLength) % 64).toBe(0);
        expect(readNpy(bytes)).toEqual({ shape, data });
      }
    }
    expect(readNpy(writeNpy({ shape: [], data: new Float64Array([7]) }))).toEqual({
      shape: [],
      data: new Float64Array([7]),
    });
  });

  it('read 64-bit integers as doubles, up to 2^53', () => {
    const header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }\n";
    const body = [...new Uint8Array(new BigInt64Array([-5n, 2n ** 40n]).buffer)];
    expect(readNpy(npy(header, body)).data).toEqual(new Float64Array([-5, 2 ** 40]));
    const large = [...new Uint8Array(new BigInt64Array([0n, 2n ** 60n]).buffer)];
    expect(() => readNpy(npy(header, large), { name: 'n' })).toThrow(/n\[1\] must be below 2\^53/);
  });

  it('refuse other bytes and arrays that would be read wrongly', () => {
    const of = (descr: string, fortran: string, shape: string) =>
      npy(`{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': (${shape}), }`, [0, 0, 0, 0]);
    expect(() => readNpy(new Uint8Array(20), { name: 'x' })).toThrow(/x must be an npy file/);
    expect(() => readNpy(of("'>f4'", 'False', '1,'))).toThrow(/little-endian/);
    expect(() => readNpy(of("'<f4'", 'True', '1,'))).toThrow(/row-major/);
    expect(() => readNpy(of("'|O'", 'False', '1,'))).toThrow(/array of numbers/);
    expect(() => readNpy(of("'<c8'", 'False', '1,'))).toThrow(/known number type/);
    expect(() => readNpy(of("'<f4'", 'False', '2,'))).toThrow(/8 bytes of numbers for shape \[2\], got 4/);
    expect(() => writeNpy({ shape: [3], data: new Uint8Array(2) })).toThrow(/3 numbers/);
  });
});

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

describe('zipDataset', () => {
  const png = (level: number, width = 2) =>
    encodePng({ data: new Uint8ClampedArray(width * 2).fill(level), width, height: 2, channels: 1 });

  it('reads images in the order of their names, with the labels of dataset.json', async () => {
    const labels = [
      ['1/b.png', 2],
      ['0/a.png', 0],
    ];
    const data = await zipDataset(zipSync({ '1/b.png': png(9), '0/a.png': png(5), 'dataset.json': json({ labels }) }), {
      name: 'z',
    });
    const { x, label } = await all(data);
    expect([data.length, data.shape, data.classes]).toEqual([2, [2, 2, 1], ['0', '1', '2']]);
    expect([x[0], x[4]]).toEqual([5, 9]);
    expect(Array.from(label!)).toEqual([0, 2]);
  });

  it('takes labels of null, and no dataset.json, for none', async () => {
    expect(
      (await all(await zipDataset(zipSync({ 'a.png': png(1), 'dataset.json': json({ labels: null }) })))).label,
    ).toBeUndefined();
    expect((await zipDataset(zipSync({ 'a.png': png(1) }))).classes).toBeUndefined();
  });

  it('refuses images without a label, of another size, damaged, or none at all', async () => {
    const of = (files: Record<string, Uint8Array>) => zipDataset(zipSync(files), { name: 'z.zip' });
    const label = json({ labels: [['b.png', 1]] });
    await expect(of({ 'a.png': png(1), 'dataset.json': label })).rejects.toThrow(/label of a.png in z.zip/);
    const three = json({ labels: 3 });
    await expect(of({ 'a.png': png(1), 'dataset.json': three })).rejects.toThrow(/labels in z.zip must be a list/);
    const text = new Uint8Array([1]);
    await expect(of({ 'a.png': png(1), 'dataset.json': text })).rejects.toThrow(/dataset.json in z.zip must be JSON/);
    await expect(of({ 'a.txt': png(1) })).rejects.toThrow(/z.zip\/a.txt must be a file ending in .png/);
    await expect(of({ 'dataset.json': json({}) })).rejects.toThrow(/z.zip must be an archive with images/);
    const mixed = await of({ 'a.png': png(1), 'b.png': png(1, 3), 'c.png': new Uint8Array(9) });
    await expect(mixed.batch([0, 1])).rejects.toThrow(/z.zip\/b.png must be of shape \[2,2,1\], got \[2, 3, 1\]/);
    await expect(mixed.batch([2])).rejects.toThrow(/z.zip\/c.png must be a whole PNG/);
  });

  it('leaves out what it cannot use, if it is told to, and says what', async () => {
    const files = { 'a.png': new Uint8Array(9), 'b.png': png(1), 'c.png': png(1, 3), 'd.png': png(7) };
    const data = await zipDataset(zipSync(files), { name: 'z', skipBad: true });
    expect([data.length, data.files]).toEqual([2, ['z/b.png', 'z/d.png']]);
    expect(data.skipped.map(({ file }) => file)).toEqual(['z/a.png', 'z/c.png']);
    expect(data.skipped[1].reason).toMatch(/of shape \[2,2,1\], got \[2, 3, 1\]/);
    expect((await all(data)).x.at(-1)).toBe(7);
  });
});
