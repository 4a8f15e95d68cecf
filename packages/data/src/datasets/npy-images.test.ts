import { describe, expect, it } from 'vitest';
import { toBatch } from '../dataset/to-batch.ts';
import { npyImages } from './npy-images.ts';
import { writeNpz } from '@diptych/formats';
import { npzDataset } from './npz-dataset.ts';

/** A `.npy` file of this type: numbers of numpy types that TypeScript has no array of as well. */
function npy(type: string, body: { buffer: ArrayBuffer }, shape: readonly number[]): Uint8Array {
  const order = type.endsWith('1') ? '|' : '<';
  const header = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117);
  const bytes = new Uint8Array(128 + body.buffer.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode(`NUMPY\x01\x00\x76\x00${header}\n`)]);
  bytes.set(new Uint8Array(body.buffer), 128);
  return bytes;
}
const shape = [1, 2, 2, 1];
const levels = [0, 1, 128, 255];
const wide = (numbers: number[]) => BigInt64Array.from(numbers, BigInt);

describe('npyImages', () => {
  it.each([
    ['u1', Uint8Array.from(levels)],
    ['u2', Uint16Array.from(levels)],
    ['i2', Int16Array.from(levels)],
    ['u4', Uint32Array.from(levels)],
    ['i4', Int32Array.from(levels)],
    ['u8', BigUint64Array.from(levels, BigInt)],
    ['i8', wide(levels)],
  ])('takes integers of type %s for levels', (type, body) => {
    expect(npyImages(npy(type, body, shape))).toEqual({ x: Uint8Array.from(levels), shape });
  });

  it('takes small signed integers for levels too, and 0 and 1 for two dark ones', () => {
    expect(npyImages(npy('i1', Int8Array.of(0, 1, 2, 127), shape)).x).toEqual(Uint8Array.of(0, 1, 2, 127));
    expect(npyImages(npy('i8', wide([0, 1, 1, 0]), shape)).x).toEqual(Uint8Array.of(0, 1, 1, 0));
  });

  it('takes booleans for black and white', () => {
    expect(npyImages(npy('b1', Uint8Array.of(0, 1, 1, 0), shape)).x).toEqual(Uint8Array.of(0, 255, 255, 0));
  });

  it.each([
    ['f4', (numbers: number[]) => Float32Array.from(numbers)],
    ['f8', (numbers: number[]) => Float64Array.from(numbers)],
  ])('takes floats of type %s in [-1, 1] as they are, and brings those in [0, 1] there', (type, array) => {
    expect(npyImages(npy(type, array([-1, -0.5, 0, 1]), shape)).x).toEqual(Float32Array.of(-1, -0.5, 0, 1));
    expect(npyImages(npy(type, array([0, 0.25, 0.5, 1]), shape)).x).toEqual(Float32Array.of(-1, -0.5, 0, 1));
    expect(npyImages(npy(type, array([-1.0001, 0, 0, 1.0001]), shape)).x[3]).toBeCloseTo(1.0001);
  });

  it.each([
    ['i2', Int16Array.of(-1, 0, 0, 1), /a holds numbers in -1..1 \(int16\), beyond 0..255: range: \[black, white\]/],
    ['u2', Uint16Array.of(0, 0, 0, 256), /a holds numbers in 0..256 \(uint16\), beyond 0..255/],
    ['i8', wide([0, 0, 0, 65535]), /a holds numbers in 0..65535 \(int64\), beyond 0..255/],
    ['f4', Float32Array.from(levels), /a holds numbers in 0..255 \(float32\), beyond 0..1/],
    ['f8', Float64Array.from(levels), /a holds numbers in 0..255 \(float64\), beyond 0..1/],
    ['f8', Float64Array.of(-2.1, 0, 0, 2.6), /a holds numbers in -2.1..2.6 \(float64\), beyond -1..1/],
    ['f4', Float32Array.of(0, NaN, 0, 0), /a\[1\] is NaN, not a finite number/],
    ['f8', Float64Array.of(0, 0, Infinity, 0), /a\[2\] is Infinity, not a finite number/],
  ])('refuses numbers of type %s that may mean anything', (type, body, message) => {
    expect(() => npyImages(npy(type, body, shape), { name: 'a' })).toThrow(message);
  });

  it('takes them once it is told what they mean', () => {
    const deep = npyImages(npy('u2', Uint16Array.of(0, 65535, 0, 65535), shape), { range: [0, 65535] });
    expect(deep.x).toEqual(Float32Array.of(-1, 1, -1, 1));
    const floats = npyImages(npy('f8', Float64Array.of(0, 255, 127.5, 51), shape), { range: [0, 255] });
    expect(Array.from(floats.x)).toEqual([-1, 1, 0, expect.closeTo(-0.6)]);
    const samples = npyImages(npy('f4', Float32Array.of(0.5, 0.25, 1.5, 0), shape), { range: [-1, 1] });
    expect(samples.x).toEqual(Float32Array.of(0.5, 0.25, 1.5, 0));
    const mask = npyImages(npy('i8', wide([0, 1, 1, 0]), shape), { range: [0, 1] });
    expect(mask.x).toEqual(Float32Array.of(-1, 1, 1, -1));
    const wrong = npy('f4', Float32Array.from(levels), shape);
    expect(() => npyImages(wrong, { range: [0, 1] })).toThrow(/beyond 0..1/);
    expect(() => npyImages(npy('u2', Uint16Array.of(0, 2, 0, 0), shape), { range: [0, 1] })).toThrow(/beyond 0..1/);
    expect(() => npyImages(wrong, { range: [1, 1] })).toThrow(/range must be the numbers of black and white/);
  });

  it('reads shared memory and a part of a larger buffer', () => {
    const bytes = npy('i8', wide(levels), shape);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3);
    shared.set(bytes);
    expect(npyImages(shared)).toEqual({ x: Uint8Array.from(levels), shape });
  });

  it('refuses other shapes, and channels before rows with the remedy', () => {
    const of = (...shape: number[]) => npy('u1', new Uint8Array(shape.reduce((a, b) => a * b, 1)), shape);
    expect(npyImages(of(3, 8, 8)).shape).toEqual([3, 8, 8, 1]);
    expect(() => npyImages(of(8, 8))).toThrow(/not \[n, H, W, C\] or \[n, H, W\]/);
    expect(() => npyImages(of(2, 3, 8, 8))).toThrow(/is of shape \[2, 3, 8, 8\], not .* transpose \(0, 2, 3, 1\)/);
    expect(() => npyImages(of(2, 1, 8, 8))).toThrow(/transpose/);
  });
});

describe('npzDataset', () => {
  const label = { shape: [2], data: Uint8Array.of(1, 0) };

  it('gives levels of what `np.array` makes of a list, and pixels of floats', async () => {
    // writeNpz stores Int32Array as <i4; readNpz widens int64 in the same way as int32.
    const x = { shape: [2, 1, 2], data: Int32Array.of(0, 255, 7, 9) };
    const batch = await toBatch(npzDataset(writeNpz({ arr_0: x, arr_1: label })));
    expect(batch.x).toEqual(Uint8Array.of(0, 255, 7, 9));
    expect(Array.from(batch.label!)).toEqual([1, 0]);
    const floats = { shape: [2, 1, 2, 1], data: Float64Array.of(0, 1, 0.5, 0.25) };
    expect((await toBatch(npzDataset(writeNpz({ images: floats })))).x).toEqual(Float32Array.of(-1, 1, 0, -0.5));
  });

  it('refuses levels as floats by the name of the array, and takes them with a range', async () => {
    const bytes = writeNpz({ x: { shape: [2, 1, 2], data: Float32Array.of(0, 255, 51, 204) } });
    expect(() => npzDataset(bytes, { name: 's.npz' })).toThrow(
      /x in s.npz holds numbers in 0..255 \(float32\), beyond 0..1/,
    );
    const { x } = await toBatch(npzDataset(bytes, { range: [0, 255] }));
    expect(Array.from(x)).toEqual([-1, 1, expect.closeTo(-0.6), expect.closeTo(0.6)]);
  });
});
