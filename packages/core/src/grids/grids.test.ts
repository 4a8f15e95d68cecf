import { scheduleContract } from '@diptych/test-utils/core';
import { DiptychError } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';
import { flowSigmas } from './flow-sigmas.ts';
import { timeShift } from './time-shift.ts';
import { vpSchedule } from '../schedules/vp-schedule.ts';
import { alignYourSteps } from './align-your-steps.ts';
import { betaQuantile } from '../numeric/beta-quantile.ts';
import { betaSigmas } from './beta-sigmas.ts';
import { exponentialSigmas } from './exponential-sigmas.ts';
import { iddpmSigmas } from './iddpm-sigmas.ts';
import { interpolatedSigmas } from './interpolated-sigmas.ts';
import { polyexponentialSigmas } from './polyexponential-sigmas.ts';
import { scheduledSigmas } from './scheduled-sigmas.ts';

scheduleContract('exponentialSigmas', (n) => exponentialSigmas(n), { start: 80 });
scheduleContract('polyexponentialSigmas', (n) => polyexponentialSigmas(n, { rho: 2 }), { start: 80 });
scheduleContract('betaSigmas', (n) => betaSigmas(n), { start: 80, largest: 50 });
scheduleContract('scheduledSigmas', (n) => scheduledSigmas(n, vpSchedule()));
scheduleContract('iddpmSigmas', (n) => iddpmSigmas(n), { largest: 200 });
scheduleContract('interpolatedSigmas', (n) => interpolatedSigmas(n, alignYourSteps.sd1), { start: 14.6146412293 });
scheduleContract('flowSigmas', (n) => flowSigmas(n), { start: 1e8 });
scheduleContract('flowSigmas, shifted', (n) => flowSigmas(n, { shift: (t) => timeShift(t, 3) }), { start: 1e8 });

describe('grids', () => {
  it('betaQuantile() inverts the closed forms: u for Beta(1, 1), u^(1/a) for Beta(a, 1), sin^2(pi u/2) for Beta(1/2, 1/2)', () => {
    for (const u of [1e-6, 0.01, 0.3, 0.5, 0.8, 0.999]) {
      expect(betaQuantile(u, 1, 1)).toBeCloseTo(u, 13);
      expect(betaQuantile(u, 3, 1)).toBeCloseTo(u ** (1 / 3), 13);
      expect(betaQuantile(u, 0.5, 0.5)).toBeCloseTo(Math.sin((Math.PI * u) / 2) ** 2, 13);
    }
  });

  it.each([
    ['an empty range', () => exponentialSigmas(5, { sigmaMin: 3, sigmaMax: 3 })],
    ['a negative rho', () => polyexponentialSigmas(5, { rho: -1 })],
    ['a shape that is not positive', () => betaSigmas(5, { alpha: 0 })],
    ['time that does not fall', () => scheduledSigmas(5, vpSchedule(), { to: 1 })],
    ['more steps than levels', () => iddpmSigmas(1200)],
    ['levels that rise', () => interpolatedSigmas(5, [1, 2])],
    ['flow times beyond 1', () => flowSigmas(5, { from: 1.1 })],
    ['a terminal of 1', () => flowSigmas(5, { terminal: 1 })],
    ['a shift of 0', () => timeShift(0.5, 0)],
  ])('refuse %s', (_, make) => expect(make).toThrow(DiptychError));
});
