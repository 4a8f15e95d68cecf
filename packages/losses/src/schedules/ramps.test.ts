import { describe, expect, it } from 'vitest';
import { constantSchedule } from './constant-schedule.ts';
import { cosineRamp } from './cosine-ramp.ts';
import { linearRamp } from './linear-ramp.ts';
import { schedulePieces } from './schedule-pieces.ts';

describe('schedules', () => {
  it('linearRamp(): is a straight line to its end and constant after; of no length it is its end', () => {
    expect([0, 1, 4, 8, 9].map(linearRamp({ from: 2, to: 6, steps: 8 }))).toEqual([2, 2.5, 4, 6, 6]);
    expect(linearRamp({ from: 1, to: 3, steps: 0 })(0)).toBe(3);
  });

  it('cosineRamp(): is flat at both ends, half-way in the middle, constant after', () => {
    const ramp = cosineRamp({ from: 10, to: 0, steps: 100 });
    [10, 5, 0, 0].forEach((value, i) => expect(ramp([0, 50, 100, 200][i]!)).toBeCloseTo(value, 12));
    expect(ramp(25)).toBeCloseTo(5 + 5 * Math.SQRT1_2, 12);
    expect(10 - ramp(1)).toBeLessThan(0.003);
  });

  it('schedulePieces(): plays each piece from its own beginning, the last for ever', () => {
    const schedule = schedulePieces(
      [
        { steps: 2, schedule: constantSchedule(7) },
        { steps: 3, schedule: (step) => step },
      ],
      (step) => 100 + step,
    );
    expect([0, 1, 2, 3, 4, 5, 9].map(schedule)).toEqual([7, 7, 0, 1, 2, 100, 104]);
  });

  it('refuse values that are not finite and negative lengths', () => {
    expect(() => constantSchedule(NaN)).toThrow(/constantSchedule: value/);
    expect(() => linearRamp({ from: 0, to: Infinity, steps: 3 })).toThrow(/linearRamp: options.to/);
    expect(() => cosineRamp({ from: 0, to: 1, steps: -1 })).toThrow(/cosineRamp: options.steps/);
    expect(() => schedulePieces([{ steps: -1, schedule: constantSchedule(1) }], constantSchedule(1))).toThrow(
      /schedulePieces/,
    );
  });
});
