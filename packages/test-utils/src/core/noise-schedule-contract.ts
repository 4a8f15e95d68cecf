import { type NoiseSchedule, scheduledDiffusion, scheduledSigmas } from '@diptych/core';
import { uniformTime } from '@diptych/core/schedules';
import { describe, expect, it } from 'vitest';

/** What every noise schedule promises, a chain or a continuous process. `make` returns a new one with the options under test. */
export function noiseScheduleContract(name: string, make: () => NoiseSchedule): void {
  const schedule = make();
  const { first, last, discrete } = schedule.timeRange;
  /** From first to last, both included: all steps of a chain. */
  const times = discrete
    ? Array.from({ length: last - first + 1 }, (_, i) => first + i)
    : Array.from({ length: 501 }, (_, i) => first + (i / 500) * (last - first));

  describe(`${name}: noise schedule contract`, () => {
    it('says its range of time, of a chain the whole steps from 0', () => {
      expect(Number.isFinite(first) && Number.isFinite(last)).toBe(true);
      if (discrete) expect([first, Number.isInteger(last)]).toEqual([0, true]);
      else expect(last).toBeGreaterThan(first);
    });

    it('has a noise level that rises over that range and stays finite, and a signal that never vanishes', () => {
      const sigmas = times.map((t) => schedule.sigma(t));
      expect(sigmas[0]).toBeGreaterThanOrEqual(0);
      expect(times.filter((_, i) => i > 0 && !(sigmas[i]! > sigmas[i - 1]! && sigmas[i]! < Infinity))).toEqual([]);
      expect(times.filter((t) => !(schedule.alpha(t) > 0 && schedule.alpha(t) <= 1))).toEqual([]);
    });

    it('finds the time of each of its noise levels, both ends included, a step of a chain to the last bit', () => {
      // Near pure noise one bit of a time is many of its noise level.
      const tolerance = discrete ? 0 : 1e-8 * (last - first);
      expect(times.filter((t) => !(Math.abs(schedule.time(schedule.sigma(t)) - t) <= tolerance))).toEqual([]);
    });

    if (schedule.slopes) {
      it('has the slopes of its functions', () => {
        const { alpha, sigma } = schedule.slopes!;
        const h = 1e-6 * (last - first);
        for (const share of [0.02, 0.1, 0.3, 0.5, 0.75, 0.9, 0.97]) {
          const t = first + share * (last - first);
          const measured = (f: (t: number) => number) => (f(t + h) - f(t - h)) / (2 * h);
          const rises = measured(schedule.sigma);
          expect(Math.abs(sigma(t) - rises) / rises, `sigma at ${t}`).toBeLessThan(1e-6);
          const falls = measured(schedule.alpha);
          expect(Math.abs(alpha(t) - falls), `alpha at ${t}`).toBeLessThan(1e-6 * Math.max(1e-3, Math.abs(falls)));
        }
      });
    }

    it('is trained with every time alike: of a chain every step once in T cells', () => {
      const n = times.length;
      const drawn = Array.from({ length: n }, (_, i) => uniformTime(schedule, (i + 0.5) / n));
      if (discrete) expect(drawn).toEqual(times);
      else {
        const share = (t: number) => (t - first) / (last - first);
        expect(drawn.filter((t, i) => Math.abs(share(t) - (i + 0.5) / n) > 1e-12)).toEqual([]);
      }
      const quantile = scheduledDiffusion(schedule).sigmaQuantile;
      expect(drawn.map((_, i) => quantile((i + 0.5) / n))).toEqual(drawn.map((t) => schedule.sigma(t)));
      if (!discrete) return;
      expect([1e-9, 1 - 1e-9].map(quantile)).toEqual([schedule.sigma(first), schedule.sigma(last)]);
    });

    it('tells the network its time, of a chain the whole step', () => {
      const { precondition } = scheduledDiffusion(schedule);
      const tolerance = discrete ? 0 : 1e-8 * (last - first);
      const wrong = times.filter((t) => {
        if (schedule.sigma(t) === 0) return false;
        const { cNoise, cIn } = precondition(schedule.sigma(t));
        return !(Math.abs(cNoise - t) <= tolerance && Math.abs(cIn / schedule.alpha(t) - 1) < 1e-6);
      });
      expect(wrong).toEqual([]);
    });

    it('makes grids that are evenly spaced in its time, from its last', () => {
      for (const n of [1, 2, 7, Math.min(50, times.length)]) {
        if (n > times.length) continue;
        const sigmas = scheduledSigmas(n, schedule);
        expect(sigmas).toHaveLength(n + 1);
        expect([sigmas[0], sigmas.at(-1)]).toEqual([schedule.sigma(last), 0]);
        sigmas.slice(1).forEach((sigma, i) => expect(sigma).toBeLessThan(sigmas[i]!));
      }
    });
  });
}
