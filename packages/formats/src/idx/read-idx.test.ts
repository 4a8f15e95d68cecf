import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readIdx } from './read-idx.ts';

function idx(type: number, shape: number[], body: number[]): Uint8Array {
  const sizes = shape.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...body]);
}

describe('readIdx', () => {
  it('reads bytes, and big-endian numbers of every type', () => {
    expect(readIdx(idx(8, [2, 1, 3], [1, 2, 3, 4, 5, 255]))).toEqual({
      shape: [2, 1, 3],
      data: new Uint8Array([1, 2, 3, 4, 5, 255]),
    });
    expect(readIdx(idx(9, [1], [255])).data).toEqual(new Int8Array([-1]));
    expect(readIdx(idx(11, [2], [1, 2, 255, 254])).data).toEqual(new Int16Array([258, -2]));
    expect(readIdx(idx(12, [1], [255, 255, 255, 0])).data).toEqual(new Int32Array([-256]));
    expect(readIdx(idx(13, [1], [0xc0, 0x20, 0, 0])).data).toEqual(new Float32Array([-2.5]));
    expect(readIdx(idx(14, [1], [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])).data).toEqual(new Float64Array([1.5]));
  });

  it('refuses other files, packed ones, and what is cut or too long, naming the file', () => {
    expect(() => readIdx(new Uint8Array([1, 2, 3, 4]), { name: 'a' })).toThrow(
      /a is not an idx file: it begins with the bytes \[1, 2, 3, 4\]/,
    );
    expect(() => readIdx(new Uint8Array(2))).toThrow(/not an idx file/);
    expect(() => readIdx(idx(7, [1], [1]))).toThrow(/not an idx file/);
    expect(() => readIdx(gzipSync(idx(8, [1], [1])), { name: 'b.gz' })).toThrow(/b.gz is a gzip file; unpack it first/);
    expect(() => readIdx(idx(8, [2, 2], [1, 2, 3]))).toThrow(/has 15 bytes, but shape \[2, 2\] takes 16/);
    expect(() => readIdx(idx(8, [1], [1, 2]))).toThrow(/takes 9/);
    expect(() => readIdx(idx(8, [1, 1], []).subarray(0, 7))).toThrow(/takes 12 bytes, but it has 7/);
  });
});
