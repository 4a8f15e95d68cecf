import { DiptychError } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';
import * as g from '../../grids/index.ts';
import * as s from '../index.ts';

const chainOf = (T: number) => s.discreteSchedule(s.linearBetas(T, { start: 1e-3, end: 0.1 }));

/** n timesteps of a chain of T, noisiest first, by every rule that there is. */
const timesteps: Record<string, (n: number, T: number) => number[]> = {
  leading: (n, T) => s.leadingTimesteps(n, T),
  'leading without 0': (n, T) => s.leadingTimesteps(n, T, { includeZero: false }),
  'leading, offset 1': (n, T) => s.leadingTimesteps(n, T, { offset: 1 }),
  'leading without 0, offset 1': (n, T) => s.leadingTimesteps(n, T, { includeZero: false, offset: 1 }),
  trailing: (n, T) => s.trailingTimesteps(n, T),
  linspace: (n, T) => s.linspaceTimesteps(n, T),
  'linspace without 0': (n, T) => s.linspaceTimesteps(n, T, { includeZero: false }),
  'linspace in fractions': (n, T) => s.linspaceTimesteps(n, T, { round: false }),
  'linspace without 0 in fractions': (n, T) => s.linspaceTimesteps(n, T, { includeZero: false, round: false }),
  beta: (n, T) => s.betaTimesteps(n, T),
  'beta(0.2, 3)': (n, T) => s.betaTimesteps(n, T, { alpha: 0.2, beta: 3 }),
  distilled: (n, T) => s.distilledTimesteps(n, T, { originalSteps: Math.min(50, T) }),
  'distilled, strength 0.5': (n, T) => s.distilledTimesteps(n, T, { originalSteps: T, strength: 0.5 }),
  'respaced, one section': (n, T) => s.spaceTimesteps([n], T).reverse(),
  'respaced, two sections': (n, T) => s.spaceTimesteps([Math.ceil(n / 2), Math.floor(n / 2) || 1], T).reverse(),
  'respaced, DDIM': (n, T) => s.spaceTimesteps(`ddim${n}`, T).reverse(),
};
/** n steps of noise levels, whose ends are those of a chain of T. */
const grids: Record<string, (n: number, T: number) => number[]> = Object.fromEntries(
  Object.entries({
    karras: g.karrasSigmas,
    exponential: g.exponentialSigmas,
    polyexponential: (n: number, of: object) => g.polyexponentialSigmas(n, { ...of, rho: 2 }),
    beta: g.betaSigmas,
  }).map(([name, make]) => [
    name,
    (n: number, T: number) => make(n, { sigmaMin: chainOf(T).sigma(0), sigmaMax: chainOf(T).sigma(T - 1) }),
  ]),
);
grids.scheduled = (n, T) => g.scheduledSigmas(n, chainOf(T));
grids.flow = (n) => g.flowSigmas(n);
grids['flow, shift 3'] = (n) => g.flowSigmas(n, { shift: (t) => g.timeShift(t, 3) });
grids.iddpm = (n, T) => g.iddpmSigmas(n, { levels: T, sigmaMax: 1e6 });
grids.interpolated = (n) => g.interpolatedSigmas(n, g.alignYourSteps.sd1);

const sizes = Array.from({ length: 60 }, (_, i) => i + 1);
/** What a rule makes for every T <= 60 and n <= T, or the error that it throws. */
function* cases(make: (n: number, T: number) => number[]) {
  for (const T of sizes) {
    for (const n of sizes.slice(0, T)) {
      try {
        yield { n, T, made: make(n, T) };
      } catch (error) {
        yield { n, T, error };
      }
    }
  }
}
/** Says which parameter, which rule and what it got. */
const names = (error: unknown) =>
  DiptychError.isInstance(error) && /^\w+: [\w[\], ]+ must be .+, got .+$/.test(error.message);

describe('every rule for timesteps, for all T <= 60 and n <= T', () => {
  it.each(Object.entries(timesteps))(
    '%s: n distinct timesteps of the chain, or an error that names the rule',
    (name, make) => {
      const wrong: unknown[] = [];
      let made = 0;
      for (const { n, T, ...of } of cases(make)) {
        if (of.made === undefined) {
          if (!names(of.error)) wrong.push([n, T, String(of.error)]);
          continue;
        }
        made++;
        const count = name === 'respaced, two sections' ? Math.ceil(n / 2) + (Math.floor(n / 2) || 1) : n;
        const inside = of.made.every((t, i) => t >= 0 && t <= T - 1 && t < (of.made![i - 1] ?? Infinity));
        const whole = name.includes('fractions') || of.made.every(Number.isInteger);
        if (of.made.length !== count || !inside || !whole) wrong.push([n, T, of.made]);
      }
      expect(wrong).toEqual([]);
      expect(made).toBeGreaterThan(100);
    },
  );

  it('refuse only what cannot be: without 0 there are T - 1 timesteps, by default T', () => {
    for (const rule of ['leading', 'trailing', 'linspace', 'beta', 'respaced, one section']) {
      for (const T of sizes) expect(timesteps[rule]!(T, T)).toHaveLength(T);
    }
    const refused = (make: () => number[]) =>
      expect(make).toThrow(/n must be < T = 10, as timestep 0 is left out, got 10/);
    refused(() => s.leadingTimesteps(10, 10, { includeZero: false }));
    refused(() => s.linspaceTimesteps(10, 10, { includeZero: false }));
    for (const T of sizes.slice(1)) {
      const all = Array.from({ length: T - 1 }, (_, i) => T - 1 - i);
      expect(s.leadingTimesteps(T - 1, T, { includeZero: false })).toEqual(all);
      expect(s.linspaceTimesteps(T - 1, T, { includeZero: false })).toEqual(all);
    }
  });
});

describe('every grid of noise levels, for all T <= 60 and n <= T', () => {
  it.each(Object.entries(grids))('%s: n steps down to 0, all distinct, or an error that names the rule', (_, make) => {
    const wrong: unknown[] = [];
    let made = 0;
    for (const { n, T, ...of } of cases(make)) {
      if (of.made === undefined) {
        if (!names(of.error)) wrong.push([n, T, String(of.error)]);
        continue;
      }
      made++;
      const falls = of.made.every((sigma, i) => sigma >= 0 && sigma < (of.made![i - 1] ?? Infinity));
      if (of.made.length !== n + 1 || !falls || of.made.at(-1) !== 0) wrong.push([n, T, of.made]);
    }
    expect(wrong).toEqual([]);
    expect(made).toBeGreaterThan(100);
  });

  it('flowTimes() refuses several steps between equal times', () => {
    expect(() => g.flowTimes(3, { from: 0.5, to: 0.5 })).toThrow('flowTimes: to must be in (0, from), got 0.5');
    expect(g.flowTimes(1, { from: 0.5, to: 0.5 })).toEqual([0.5, 0]);
  });
});

describe('chains of every length <= 60, with a last step of pure noise and without', () => {
  it('find every step by its noise level, exactly', () => {
    const wrong: unknown[] = [];
    for (const T of sizes) {
      const betas = s.linearBetas(T, { start: 1e-3, end: 0.1 });
      for (const own of [betas, ...(T > 1 ? [s.zeroTerminalSnr(betas)] : [])]) {
        for (const interpolation of ['log', 'linear'] as const) {
          const chain = s.discreteSchedule(own, { interpolation });
          chain.sigmas.forEach((sigma, t) => {
            const found = [chain.time(sigma), chain.time(chain.sigma(t)), s.nearestTimestep(chain, sigma)];
            if (found.some((other) => other !== t)) wrong.push([T, t, found]);
            if (Number.isFinite(sigma) && chain.sigma(t) !== sigma) wrong.push([T, t, chain.sigma(t), sigma]);
          });
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('have a posterior with a finite log variance at every step', () => {
    for (const T of sizes) {
      const betas = s.linearBetas(T, { start: 1e-3, end: 0.1 });
      for (const own of [betas, ...(T > 1 ? [s.zeroTerminalSnr(betas)] : [])]) {
        const chain = s.discreteSchedule(own);
        const all = chain.betas.map((_, t) => s.posterior(chain, t));
        const numbers = all.flatMap(({ onX0, onState, variance, logVariance }) => [
          onX0,
          onState,
          variance,
          logVariance,
        ]);
        expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([]);
      }
    }
    const { onX0, variance, logVariance } = s.posterior(s.discreteSchedule([0.3]), 0);
    expect([onX0, variance, logVariance]).toEqual([1, 0, Math.log(0.3)].map((value) => expect.closeTo(value, 12)));
  });
});
