import { describe, expect, it } from 'vitest';
import { key } from '../../random/key.ts';
import { uniformArray } from '../../random/arrays.ts';
import { lossImportance } from './loss-importance.ts';

describe('lossImportance()', () => {
  const filled = () => {
    const importance = lossImportance({ cells: 2, history: 2, uniformShare: 0.1 });
    for (const [u, loss] of [[0.2, 9], [0.2, 3], [0.2, 4], [0.7, 0], [0.7, 0]]) importance.record(u!, loss!); // prettier-ignore
    return importance;
  };

  it('is uniform until every cell has a full history', () => {
    const importance = lossImportance({ cells: 4, history: 2 });
    for (const u of [0.1, 0.4, 0.6]) for (const loss of [1, 5]) importance.record(u, loss);
    importance.record(0.9, 1);
    expect(importance.probabilities()).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(importance.draw(0.3)).toEqual({ u: expect.closeTo(0.3, 12) as number, weight: 1 });
  });

  it('then draws in proportion to the root mean square of the last losses, beside a uniform share', () => {
    const p = filled().probabilities();
    expect(p[0]).toBeCloseTo(0.95, 12);
    expect(p[1]).toBeCloseTo(0.05, 12);
    const third = lossImportance({ cells: 2, history: 1, uniformShare: 1e-9 });
    third.record(0.1, 3);
    third.record(0.9, 1);
    expect(third.probabilities()[0]).toBeCloseTo(0.75, 6);
  });

  it('keeps every expectation by its weights', () => {
    const importance = filled();
    const draws = Array.from(uniformArray(key(0), 4000), (u) => importance.draw(u));
    const mean = draws.reduce((sum, { u, weight }) => sum + weight * u, 0) / 4000;
    const square = draws.reduce((sum, { u, weight }) => sum + (weight * u) ** 2, 0) / 4000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt((square - 0.25) / 4000));
    expect(draws.every(({ u }) => u > 0 && u < 1)).toBe(true);
  });

  it('goes on from its state as if it had never stopped', () => {
    const importance = filled();
    const again = lossImportance({
      cells: 2,
      history: 2,
      uniformShare: 0.1,
      state: JSON.parse(JSON.stringify(importance.state())) as never,
    });
    again.record(0.7, 2);
    importance.record(0.7, 2);
    expect(again.probabilities()).toEqual(importance.probabilities());
  });

  it('refuses what it cannot use', () => {
    expect(() => lossImportance({ cells: 0 })).toThrow('lossImportance: cells must be');
    expect(() => lossImportance({ uniformShare: 0 })).toThrow(
      'lossImportance: uniformShare must be a number in (0, 1]',
    );
    expect(() => lossImportance({ state: { losses: [[]] } })).toThrow('lossImportance: state must be of 1000 cells');
    expect(() => lossImportance().draw(1)).toThrow('lossImportance: u must be a number in (0, 1), got 1');
    expect(() => lossImportance().record(0.5, NaN)).toThrow(
      'lossImportance: loss must be a finite number >= 0, got NaN',
    );
  });
});
