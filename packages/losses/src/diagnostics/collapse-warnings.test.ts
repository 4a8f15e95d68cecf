import { describe, expect, it } from 'vitest';
import { collapseWarnings } from './collapse-warnings.ts';

describe('collapseWarnings()', () => {
  it('judges the metrics of every term by itself, under their own names', () => {
    const metrics = {
      'a/featureStd': 0.02,
      'a/loss': 3,
      'b/featureStd': 0.9,
      'b/meanCosine': 0.99,
      'denoising/loss': 1,
    };
    const warnings = collapseWarnings(metrics);
    expect(warnings.map(({ diagnostic }) => diagnostic)).toEqual(['a/featureStd', 'b/meanCosine']);
    expect(warnings[0].explanation).toContain('their spread is 0.0200');
  });

  it('knows ln K from entropy and its distance to it, and does not judge what it is not told', () => {
    const k = Math.log(8);
    const of = (entropy: number, balance: number) =>
      collapseWarnings({ 'd/entropy': entropy, 'd/entropyGap': k - entropy, 'd/balance': balance }).map(
        (w) => w.diagnostic,
      );
    expect(of(0.5, 2)).toEqual([]);
    expect(of(2.079, 2.079)).toEqual(['d/entropy']);
    expect(of(0.1, 0.1)).toEqual(['d/balance']);
    expect(collapseWarnings({ 'd/entropy': 2, 'd/balance': 0 })).toEqual([]);
    expect(collapseWarnings({ 'd/featureStd': 0.2 }, { featureStd: 0.3 })[0].threshold).toBe(0.3);
  });
});
