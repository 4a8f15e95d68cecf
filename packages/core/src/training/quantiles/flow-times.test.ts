import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { veSchedule } from '../../schedules/ve-schedule.ts';
import { cosMapDensity, cosMapTime, logitNormalDensity, logitNormalTime, modeTime } from './flow-times.ts';
import { sigmasOfTimes } from './quantile.ts';

const inside = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
const makers = {
  'logitNormalTime()': logitNormalTime(),
  'logitNormalTime({ mean: -1, std: 0.5 })': logitNormalTime({ mean: -1, std: 0.5 }),
  'modeTime()': modeTime(),
  'modeTime({ scale: -1 })': modeTime({ scale: -1 }),
  'cosMapTime()': cosMapTime(),
};

describe('quantiles of a flow time', () => {
  it.each(Object.entries(makers))('%s: rises with u, inside (0, 1)', (_, quantile) => {
    fc.assert(
      fc.property(inside, inside, (a, b) => {
        expect(quantile(a)).toBeGreaterThan(0);
        expect(quantile(a)).toBeLessThan(1);
        if (b > a + 1e-9) expect(quantile(b)).toBeGreaterThanOrEqual(quantile(a));
      }),
    );
  });

  it.each([
    ['logitNormalTime()', logitNormalTime(), logitNormalDensity],
    ['cosMapTime()', cosMapTime(), cosMapDensity],
  ] as const)('%s: the slope is one over the density', (_, quantile, density) => {
    for (const u of [0.05, 0.3, 0.5, 0.9]) {
      const slope = (quantile(u + 1e-6) - quantile(u - 1e-6)) / 2e-6;
      expect(slope * density(quantile(u))).toBeCloseTo(1, 7);
    }
  });

  it('sigmasOfTimes(): the noise level of the time, of a flow unless another schedule is given', () => {
    expect(sigmasOfTimes(cosMapTime())(0.75)).toBeCloseTo(Math.tan((Math.PI * 3) / 8), 12);
    expect(sigmasOfTimes((u) => u, veSchedule())(0.5)).toBe(veSchedule().sigma(0.5));
  });

  it('refuses what is no density', () => {
    expect(() => modeTime({ scale: 2 })).toThrow('modeTime: scale must be in [-1, 2/(pi - 2)], got 2');
    expect(() => logitNormalTime({ std: 0 })).toThrow('logitNormalTime: std must be a finite number > 0, got 0');
    expect(() => logitNormalTime({ mean: NaN })).toThrow('logitNormalTime: mean must be a finite number, got NaN');
  });
});
