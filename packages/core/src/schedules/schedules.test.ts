import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as g from '../grids/index.ts';
import * as s from './index.ts';

const range = fc
  .record({
    sigmaMin: fc.double({ min: 1e-3, max: 1, noNaN: true }),
    ratio: fc.double({ min: 1.5, max: 1e5, noNaN: true }),
  })
  .map(({ sigmaMin, ratio }) => ({ sigmaMin, sigmaMax: sigmaMin * ratio }));
const steps = fc.integer({ min: 1, max: 200 });
const rho = fc.double({ min: 1, max: 10, noNaN: true });

type Grid = { sigmas: number[]; n: number; first?: number };
const grids: Record<string, fc.Arbitrary<Grid>> = {
  karrasSigmas: fc
    .tuple(steps, range, rho)
    .map(([n, of, rho]) => ({ n, sigmas: g.karrasSigmas(n, { ...of, rho }), first: of.sigmaMax })),
  exponentialSigmas: fc
    .tuple(steps, range)
    .map(([n, of]) => ({ n, sigmas: g.exponentialSigmas(n, of), first: of.sigmaMax })),
  polyexponentialSigmas: fc
    .tuple(fc.integer({ min: 1, max: 50 }), range, fc.double({ min: 0.5, max: 3, noNaN: true }))
    .map(([n, of, rho]) => ({ n, sigmas: g.polyexponentialSigmas(n, { ...of, rho }), first: of.sigmaMax })),
  betaSigmas: fc
    .tuple(fc.integer({ min: 1, max: 40 }), range)
    .map(([n, of]) => ({ n, sigmas: g.betaSigmas(n, of), first: of.sigmaMax })),
  'scheduledSigmas of vpSchedule': steps.map((n) => ({ n, sigmas: g.scheduledSigmas(n, s.vpSchedule()) })),
  'scheduledSigmas of subVpSchedule': steps.map((n) => ({ n, sigmas: g.scheduledSigmas(n, s.subVpSchedule()) })),
  'scheduledSigmas of veSchedule': fc
    .tuple(steps, range)
    .map(([n, of]) => ({ n, sigmas: g.scheduledSigmas(n, s.veSchedule(of), { to: 0 }) })),
  'scheduledSigmas of cosineSchedule': steps.map((n) => ({ n, sigmas: g.scheduledSigmas(n, s.cosineSchedule()) })),
  'scheduledSigmas of edmSchedule': steps.map((n) => ({
    n,
    sigmas: g.scheduledSigmas(n, s.edmSchedule(), { from: 80, to: 0.002 }),
    first: 80,
  })),
  iddpmSigmas: steps.map((n) => ({ n, sigmas: g.iddpmSigmas(n) })),
  interpolatedSigmas: steps.map((n) => ({ n, sigmas: g.interpolatedSigmas(n, g.alignYourSteps.svd), first: 700 })),
  'flowSigmas, shifted and stretched': fc
    .tuple(fc.integer({ min: 2, max: 200 }), fc.double({ min: 0.2, max: 8, noNaN: true }))
    .map(([n, shift]) => ({
      n,
      sigmas: g.flowSigmas(n, { shift: (t) => g.timeShift(t, shift), terminal: 0.001 }),
      first: 1e8,
    })),
};

describe('every grid, at any number of steps and any range', () => {
  it.each(Object.entries(grids))('%s: N steps, strictly monotone, exact ends', (_, grid) => {
    fc.assert(
      fc.property(grid, ({ sigmas, n, first }) => {
        expect(sigmas).toHaveLength(n + 1);
        sigmas.slice(1).forEach((sigma, i) => expect(sigma).toBeLessThan(sigmas[i]!));
        expect(sigmas.at(-1)).toBe(0);
        if (first !== undefined) expect(sigmas[0]).toBe(first);
      }),
      { numRuns: 40 },
    );
  });

  const T = 1000;
  it.each([
    ['linspaceTimesteps', (n: number) => s.linspaceTimesteps(n)],
    ['trailingTimesteps', (n: number) => s.trailingTimesteps(n)],
    ['leadingTimesteps', (n: number) => s.leadingTimesteps(n)],
    ['spaceTimesteps', (n: number) => s.spaceTimesteps([n]).reverse()],
  ])('%s: N whole timesteps of the chain, noisiest first', (_, make) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (n) => {
        const times = make(n);
        expect(times).toHaveLength(n);
        expect(times.every((t) => Number.isInteger(t) && t >= 0 && t < T)).toBe(true);
        times.slice(1).forEach((t, i) => expect(t).toBeLessThan(times[i]!));
      }),
      { numRuns: 60 },
    );
  });
});

describe('every schedule', () => {
  const schedules = {
    vp: s.vpSchedule(),
    subVp: s.subVpSchedule(),
    ve: s.veSchedule(),
    edm: s.edmSchedule(),
    flow: s.flowSchedule(),
    cosine: s.cosineSchedule(),
  };
  it.each(Object.entries(schedules))('%s: time and noise level are inverse, and the level rises', (_, schedule) => {
    const time = fc.double({ min: 0.01, max: 0.98, noNaN: true });
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(schedule.time(schedule.sigma(a))).toBeCloseTo(a, 8);
        if (b > a + 1e-9) expect(schedule.sigma(b)).toBeGreaterThan(schedule.sigma(a));
      }),
    );
  });
});

describe('nearestTimestep()', () => {
  const chain = s.discreteSchedule(s.linearBetas());
  it('is the timestep nearest in ln sigma, and stays in the chain', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 500, noNaN: true }), (sigma) => {
        const gaps = chain.sigmas.map((level) => Math.abs(Math.log(level / sigma)));
        expect(gaps[s.nearestTimestep(chain, sigma)]).toBeCloseTo(Math.min(...gaps), 12);
      }),
    );
    expect(() => s.nearestTimestep(chain, 0)).toThrow('nearestTimestep: sigma must be > 0, got 0');
  });
});

describe('the rooms for people without an engine', () => {
  it.each(['schedules', 'grids', 'training', 'ramps', 'numeric'])(
    '@diptych/core/%s imports nothing of tfjs, by any way',
    (room) => {
      const seen = new Set<string>();
      const visit = (file: string) => {
        if (seen.has(file)) return;
        seen.add(file);
        for (const [, from] of readFileSync(file, 'utf8').matchAll(/(?:from|import) '([^']+)'/g)) {
          if (from!.startsWith('.')) visit(resolve(dirname(file), from!));
          else expect(from, file).toBe('@diptych/formats/errors');
        }
      };
      visit(fileURLToPath(new URL(`../${room}/index.ts`, import.meta.url)));
      expect(seen.size).toBeGreaterThan(1);
      visit(fileURLToPath(new URL('../../../formats/src/errors/index.ts', import.meta.url)));
    },
  );
});
