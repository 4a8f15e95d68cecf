import { describe, expect, it } from 'vitest';
import { inceptionScore } from './inception-score.ts';

describe('inceptionScore', () => {
  it('is the number of classes for sure and even predictions, and 1 for equal ones', () => {
    const sure = Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 0 : -1e4));
    expect(inceptionScore({ rows: sure, dims: 4 }, { splits: 1 }).mean).toBeCloseTo(4, 12);
    expect(inceptionScore({ rows: new Float32Array(12), dims: 4 }, { splits: 3 })).toMatchObject({ mean: 1, std: 0 });
  });

  it('is the closed form for two images', () => {
    const [p, q] = [0.8, 0.3];
    const rows = new Float64Array([Math.log(p), Math.log(1 - p), Math.log(q), Math.log(1 - q)]);
    const m = (p + q) / 2;
    const kl = (a: number) => a * Math.log(a / m) + (1 - a) * Math.log((1 - a) / (1 - m));
    expect(inceptionScore({ rows, dims: 2 }, { splits: 1 }).mean).toBeCloseTo(Math.exp((kl(p) + kl(q)) / 2), 12);
  });

  it('does not overflow for large scores', () => {
    expect(inceptionScore({ rows: new Float32Array([1e30, 0, 0, 1e30]), dims: 2 }, { splits: 1 }).mean).toBeCloseTo(
      2,
      12,
    );
  });

  it('refuses more parts than rows and NaN', () => {
    expect(() => inceptionScore({ rows: new Float32Array(4), dims: 2 })).toThrow(/splits must be an integer in 1 .. 2/);
    expect(() => inceptionScore({ rows: new Float32Array([NaN, 0]), dims: 2 }, { splits: 1 })).toThrow(
      /row 0 of logits/,
    );
  });
});
