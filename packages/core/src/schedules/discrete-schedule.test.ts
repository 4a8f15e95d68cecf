import { DiptychError } from '@diptych/formats/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineBetas } from './betas/cosine-betas.ts';
import { linearBetas } from './betas/linear-betas.ts';
import { cosineSchedule } from './cosine-schedule.ts';
import { discreteSchedule } from './discrete-schedule.ts';
import { flowSchedule } from './flow-schedule.ts';
import { subVpSchedule } from './sub-vp-schedule.ts';
import { betaTimesteps } from './timesteps/beta-timesteps.ts';
import { leadingTimesteps } from './timesteps/leading-timesteps.ts';
import { linspaceTimesteps } from './timesteps/linspace-timesteps.ts';
import { spaceTimesteps } from './timesteps/space-timesteps.ts';
import { trailingTimesteps } from './timesteps/trailing-timesteps.ts';
import { veSchedule } from './ve-schedule.ts';
import { vpSchedule } from './vp-schedule.ts';
import { zeroTerminalSnr } from './zero-terminal-snr.ts';

describe('noise schedules', () => {
  const continuous = {
    vp: vpSchedule(),
    'sub-vp': subVpSchedule(),
    ve: veSchedule(),
    flow: flowSchedule(),
    cosine: cosineSchedule(),
  };
  it.each(Object.entries(continuous))('%s: time() inverts sigma(), which rises with t', (_, schedule) => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (t) => {
        expect(schedule.time(schedule.sigma(t))).toBeCloseTo(t, 9);
        expect(schedule.sigma(t * 1.0005)).toBeGreaterThan(schedule.sigma(t));
        expect(schedule.alpha(t)).toBeGreaterThan(0);
      }),
    );
  });

  it('variance-preserving ones keep unit variance, flow keeps alpha + sigma_t = 1', () => {
    for (const t of [0.1, 0.5, 0.9]) {
      for (const schedule of [vpSchedule(), cosineSchedule(), discreteSchedule(linearBetas(10))]) {
        expect(schedule.alpha(t) ** 2 * (1 + schedule.sigma(t) ** 2)).toBeCloseTo(1, 12);
      }
      expect(flowSchedule().alpha(t) * (1 + flowSchedule().sigma(t))).toBeCloseTo(1, 12);
      const sub = subVpSchedule();
      expect(sub.alpha(t) * sub.sigma(t)).toBeCloseTo(1 - sub.alpha(t) ** 2, 12);
    }
  });

  it('a discrete table and its functions agree, and stay at the ends outside', () => {
    for (const interpolation of ['log', 'linear'] as const) {
      const chain = discreteSchedule(cosineBetas(50), { interpolation });
      chain.sigmas.forEach((sigma, t) => {
        expect(chain.sigma(t) / sigma).toBeCloseTo(1, 12);
        expect(chain.time(sigma)).toBeCloseTo(t, 9);
      });
      expect(chain.time(chain.sigma(20.25))).toBeCloseTo(20.25, 9);
      expect([chain.sigma(-3), chain.time(1e-9), chain.time(1e12)]).toEqual([chain.sigma(0), 0, 49]);
    }
  });

  it('zeroTerminalSnr() leaves nothing of the signal at the end and all else finite', () => {
    const chain = discreteSchedule(zeroTerminalSnr(linearBetas()));
    expect([chain.alphasCumprod.at(-1), chain.sigmas.at(-1)]).toEqual([0, Infinity]);
    expect([chain.sigma(999), chain.time(Infinity)]).toEqual([1e8, 999].map((value) => expect.closeTo(value, 0)));
    expect(chain.alphasCumprod[0]).toBeCloseTo(0.9999, 12);
  });

  it.each([
    ['no betas', () => discreteSchedule([])],
    ['a beta of 1 inside', () => discreteSchedule([0.1, 1, 0.1])],
    ['a negative beta', () => discreteSchedule([-0.1])],
    ['betas that fall', () => linearBetas(10, { start: 0.1, end: 0.01 })],
    ['no steps', () => cosineBetas(0)],
    ['shifts that are not positive', () => cosineSchedule({ shift: -1 })],
    ['an empty range', () => veSchedule({ sigmaMin: 1, sigmaMax: 1 })],
  ])('refuse %s', (_, make) => expect(make).toThrow(DiptychError));
});

describe('timesteps', () => {
  it('are N for N, strictly falling, inside the chain, at any N and T', () => {
    const sizes = fc
      .integer({ min: 1, max: 400 })
      .chain((T) => fc.tuple(fc.integer({ min: 1, max: T }), fc.constant(T)));
    fc.assert(
      fc.property(sizes, ([n, T]) => {
        for (const times of [linspaceTimesteps(n, T), leadingTimesteps(n, T), trailingTimesteps(n, T)]) {
          expect(times).toHaveLength(n);
          times.forEach((t, i) => expect(Number.isInteger(t) && t >= 0 && t < (times[i - 1] ?? T)).toBe(true));
        }
        expect(trailingTimesteps(n, T)[0]).toBe(T - 1);
        expect(spaceTimesteps([n], T)).toHaveLength(n);
      }),
    );
    for (const n of [1, 2, 20, 100]) {
      const times = betaTimesteps(n, 100);
      expect(times).toHaveLength(n);
      times.forEach((t, i) => expect(t >= 0 && t < (times[i - 1] ?? 100)).toBe(true));
    }
  });

  it.each([
    ['more steps than the chain has', () => trailingTimesteps(11, 10)],
    ['an offset beyond the chain', () => leadingTimesteps(10, 10, { offset: 1 })],
    ['a count that no stride leaves', () => spaceTimesteps('ddim300', 1000)],
    ['a section that is too small', () => spaceTimesteps([20], 10)],
  ])('refuse %s', (_, make) => expect(make).toThrow(DiptychError));
});
