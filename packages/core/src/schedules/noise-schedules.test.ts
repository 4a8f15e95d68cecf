import { noiseScheduleContract } from '@diptych/test-utils/core';
import { describe, expect, it } from 'vitest';
import * as g from '../grids/index.ts';
import * as s from './index.ts';

const chains = {
  linearBetas: s.linearBetas(),
  'linearBetas of 4000': s.linearBetas(4000, { start: 2.5e-5, end: 0.005 }),
  scaledLinearBetas: s.scaledLinearBetas(),
  sigmoidBetas: s.sigmoidBetas(),
  cosineBetas: s.cosineBetas(),
  laplaceBetas: s.laplaceBetas(),
  'constantBetas of 50': s.constantBetas(50),
  'warmupBetas of 100': s.warmupBetas(100),
  'jsdBetas of 30': s.jsdBetas(30),
  'zeroTerminalSnr of linearBetas': s.zeroTerminalSnr(s.linearBetas()),
  'zeroTerminalSnr of scaledLinearBetas': s.zeroTerminalSnr(s.scaledLinearBetas()),
  'respacedBetas, 50 of 1000': s.respacedBetas(s.linearBetas(), s.spaceTimesteps('ddim50')),
  'a single beta': [0.3],
};
for (const [name, betas] of Object.entries(chains)) {
  noiseScheduleContract(`discreteSchedule, ${name}`, () => s.discreteSchedule(betas));
  noiseScheduleContract(`discreteSchedule, ${name}, linear`, () =>
    s.discreteSchedule(betas, { interpolation: 'linear' }),
  );
}
noiseScheduleContract('squareRootSchedule()', () => s.squareRootSchedule());
noiseScheduleContract('unscaled(vpSchedule())', () => s.unscaled(s.vpSchedule()));
noiseScheduleContract('vpSchedule()', () => s.vpSchedule());
noiseScheduleContract('vpSchedule({ betaD: 5, betaMin: 2 })', () => s.vpSchedule({ betaD: 5, betaMin: 2 }));
noiseScheduleContract('subVpSchedule()', () => s.subVpSchedule());
noiseScheduleContract('veSchedule()', () => s.veSchedule());
noiseScheduleContract('veSchedule({ sigmaMax: 50 })', () => s.veSchedule({ sigmaMax: 50 }));
noiseScheduleContract('edmSchedule()', () => s.edmSchedule());
noiseScheduleContract('edmSchedule({ sigmaMin: 1, sigmaMax: 5 })', () => s.edmSchedule({ sigmaMin: 1, sigmaMax: 5 }));
noiseScheduleContract('flowSchedule()', () => s.flowSchedule());
noiseScheduleContract('cosineSchedule()', () => s.cosineSchedule());
noiseScheduleContract('cosineSchedule({ shift: [2, 0.5] })', () => s.cosineSchedule({ shift: [2, 0.5] }));
noiseScheduleContract('cosineSchedule({ sigmaMax: 80 })', () => s.cosineSchedule({ sigmaMin: 0.01, sigmaMax: 80 }));

describe('uniformTime()', () => {
  it('gives every step of a chain the same share of (0, 1), and every time of a continuous process', () => {
    const chain = s.discreteSchedule(s.linearBetas(4));
    expect([0.001, 0.249, 0.251, 0.5, 0.74, 0.76, 0.999].map((u) => s.uniformTime(chain, u))).toEqual([
      0, 0, 1, 2, 2, 3, 3,
    ]);
    expect(s.uniformTime(s.edmSchedule({ sigmaMin: 1, sigmaMax: 5 }), 0.25)).toBe(2);
  });

  it('refuses a schedule without a range of time', () => {
    const timeless = { alpha: () => 1, sigma: (t: number) => t } as unknown as s.NoiseSchedule;
    expect(() => s.uniformTime(timeless, 0.5)).toThrow('uniformTime: timeRange must be the finite range of time');
    const endless = { timeRange: { first: 0, last: Infinity, discrete: false } };
    expect(() => s.uniformTime(endless, 0.5)).toThrow('uniformTime: timeRange must be');
  });
});

describe('scheduledSigmas()', () => {
  it("is k-diffusion's get_sigmas on a chain: evenly spaced between its last step and its first", () => {
    const chain = s.discreteSchedule(s.linearBetas());
    expect(g.scheduledSigmas(4, chain)).toEqual([...[999, 666, 333, 0].map(chain.sigma), 0]);
  });

  it('refuses times over which noise does not fall', () => {
    const of = (options: g.ScheduledSigmasOptions) => () => g.scheduledSigmas(5, s.flowSchedule(), options);
    expect(of({ from: 0.2, to: 0.2 })).toThrow('scheduledSigmas: to must be < from');
    expect(of({ from: 3 })).toThrow('scheduledSigmas: from and to must be times of the schedule, 0 to 1');
    expect(of({ to: 0 })).toThrow('scheduledSigmas: from and to must be');
    expect(of({ from: NaN })).toThrow('scheduledSigmas: from must be a finite number');
  });
});

describe('nearestTimestep()', () => {
  it('is the identity on the steps of every chain, that without signal included', () => {
    for (const betas of Object.values(chains)) {
      const chain = s.discreteSchedule(betas);
      const steps = chain.sigmas.map((_, t) => t);
      expect(chain.sigmas.map((sigma) => s.nearestTimestep(chain, sigma))).toEqual(steps);
      expect(steps.map((t) => s.nearestTimestep(chain, chain.sigma(t)))).toEqual(steps);
    }
  });
});

describe('slopes', () => {
  it('are what solvers in the time of a schedule ask for: a chain has none', () => {
    const chain = s.discreteSchedule(s.linearBetas());
    expect(() => s.unscaled(chain)).toThrow(
      'unscaled: schedule must be a continuous one that has slopes, got "discrete"',
    );
  });

  it('vpSchedule() takes a fit to a range of noise levels, whose betaMin is below 0, and refuses one without noise at the end', () => {
    // betaD and betaMin of 0.002 at t = 0.001 and 80 at t = 1.
    const [low, high] = [0.002, 80].map((sigma) => Math.log1p(sigma ** 2));
    const betaD = (2 * (low! / 1e-3 - high!)) / (1e-3 - 1);
    const fit = s.vpSchedule({ betaD, betaMin: high! - betaD / 2 });
    expect(high! - betaD / 2).toBeLessThan(0);
    expect([fit.sigma(1e-3), fit.sigma(1)].map((sigma) => sigma.toFixed(9))).toEqual(['0.002000000', '80.000000000']);
    expect(fit.time(0.002)).toBeCloseTo(1e-3, 12);
    expect(() => s.vpSchedule({ betaD: 2, betaMin: -1 })).toThrow(
      'vpSchedule: betaMin must be finite and > -betaD/2, got -1',
    );
    expect(() => s.vpSchedule({ betaD: 0 })).toThrow('vpSchedule: betaD must be a finite number > 0, got 0');
  });
});
