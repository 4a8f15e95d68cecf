import { key, normalArray } from '@diptych/core';
import { writeNpz } from '@diptych/formats';
import { describe, expect, it } from 'vitest';
import { momentsFromNpz } from './moments-npz.ts';
import { moments, StreamingMoments } from './moments.ts';

const rows = Float64Array.from(normalArray(key(3), 60), (z) => z + 5);
const part = (from: number, to: number) => ({ rows: rows.subarray(from * 3, to * 3), dims: 3 });

describe('StreamingMoments', () => {
  it('gives the moments of a hand-computed example', () => {
    const { mean, covariance, count } = moments({ rows: new Float32Array([0, 0, 2, 4, 4, 2]), dims: 2 });
    expect(count).toBe(3);
    expect(Array.from(mean)).toEqual([2, 2]);
    expect(Array.from(covariance)).toEqual([4, 2, 2, 4]);
  });

  it('gives the same for one chunk, many chunks and merged streams', () => {
    const whole = moments(part(0, 20));
    const chunked = new StreamingMoments(3).add(part(0, 1)).add(part(1, 8)).add(part(8, 8)).add(part(8, 20)).result();
    const left = new StreamingMoments(3).add(part(12, 20));
    const merged = new StreamingMoments(3)
      .merge(left)
      .merge(new StreamingMoments(3).add(part(0, 12)))
      .result();
    for (const result of [chunked, merged]) {
      expect(result.count).toBe(20);
      result.mean.forEach((value, i) => expect(value).toBeCloseTo(whole.mean[i], 12));
      result.covariance.forEach((value, i) => expect(value).toBeCloseTo(whole.covariance[i], 12));
    }
    expect(left.count).toBe(8);
  });

  it('keeps all digits of a small spread far from zero', () => {
    const { covariance } = moments({ rows: new Float64Array([1e8, 1e8 + 1, 1e8 + 2]), dims: 1 });
    expect(covariance[0]).toBe(1);
  });

  it('may be merged with itself: twice the rows', () => {
    const stream = new StreamingMoments(3).add(part(0, 20));
    const twice = stream.merge(stream).result();
    const expected = moments({ rows: Float64Array.from([...rows, ...rows]), dims: 3 });
    expect(twice.count).toBe(40);
    twice.covariance.forEach((value, i) => expect(value).toBeCloseTo(expected.covariance[i], 12));
  });

  it('refuses one row, other dims and NaN, and takes nothing in then', () => {
    expect(() => moments(part(0, 1))).toThrow(/at least 2 rows, got 1/);
    const stream = new StreamingMoments(3).add(part(0, 5));
    expect(() => stream.add({ rows: new Float64Array(4), dims: 2 })).toThrow(
      /features.dims must be 3, that of moments, got 2/,
    );
    expect(() => stream.add({ rows: new Float64Array([1, 2, Infinity]), dims: 3 })).toThrow(/row 0 of features/);
    expect(() => stream.merge(new StreamingMoments(2))).toThrow(/other.dims/);
    expect(() => new StreamingMoments(0)).toThrow(/dims/);
    expect(() => new StreamingMoments(3).result()).toThrow(/at least 2 rows/);
    expect(stream.result()).toEqual(moments(part(0, 5)));
  });

  it('of a file are those of rows: symmetric, with a count that can be one', () => {
    const of = (sigma: number[], count?: number) =>
      momentsFromNpz(
        writeNpz({
          mu: { shape: [2], data: Float64Array.of(0, 1) },
          sigma: { shape: [2, 2], data: Float64Array.from(sigma) },
          ...(count !== undefined && { count: { shape: [], data: Float64Array.of(count) } }),
        }),
        { name: 'ref' },
      );
    for (const count of [-5, 0, 2.5, -Infinity]) {
      expect(() => of([1, 0, 0, 1], count)).toThrow(/ref\.count must be a positive integer/);
    }
    expect([of([1, 0, 0, 1]).count, of([1, 0, 0, 1], 7).count]).toEqual([NaN, 7]);
    expect(() => of([1, 0.5, 0.4, 1])).toThrow(/ref\.covariance must be symmetric, at \[1, 0\], got \[0\.4, 0\.5\]/);
    expect(() => of([-1, 0, 0, 1])).toThrow(/ref\.covariance must be positive semidefinite/);
    // Rounding of single precision.
    expect(of([1, 0.5, 0.5 + 2 ** -24, 1]).dims).toBe(2);
  });
});
