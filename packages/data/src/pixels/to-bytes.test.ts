import { describe, expect, it } from 'vitest';
import { fromBytes } from './from-bytes.ts';
import { toBytes } from './to-bytes.ts';

describe('toBytes and fromBytes', () => {
  it('take all 256 levels back to themselves', () => {
    const levels = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(toBytes(fromBytes(levels))).toEqual(levels);
  });

  it('round half up and clip', () => {
    expect(Array.from(toBytes([-3, -1, -0.5 / 127.5, 0, 0.49 / 127.5, 1, 7]))).toEqual([0, 0, 127, 128, 128, 255, 255]);
  });

  it('refuse NaN, naming the place', () => {
    expect(() => toBytes([0, NaN])).toThrow(/x\[1\] must be a number/);
  });
});
