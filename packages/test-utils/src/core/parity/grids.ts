import {
  discreteSchedule,
  type DiscreteSchedule,
  exponentialSigmas,
  karrasSigmas,
  scaledLinearBetas,
  scheduledSigmas,
  vpSchedule,
} from '@diptych/core';
import {
  alignYourSteps,
  betaSigmas,
  iddpmSigmas,
  interpolatedSigmas,
  polyexponentialSigmas,
} from '@diptych/core/grids';
import { betaQuantile } from '@diptych/core/numeric';
import { ancestralStep } from '@diptych/core/samplers';
import { betaTimesteps, pureNoise, veSchedule } from '@diptych/core/schedules';
import { lagrangeIntegrals } from '@diptych/core/numeric';
import { expect } from 'vitest';
import type { Fields, FixtureCase } from '../../fixtures/index.ts';
import { close, numbers, only, unknown } from './close.ts';
import { betasOf } from './tables.ts';
import { fractional, spacedTimesteps } from './timesteps.ts';

/** Noise levels of the range that a scheduler remaps, by the name of its switch. */
export function remapped(
  config: Record<string, unknown>,
  n: number,
  sigmaMin: number,
  sigmaMax: number,
): number[] | undefined {
  const range = { sigmaMin, sigmaMax };
  const remaps = ['use_karras_sigmas', 'use_exponential_sigmas', 'use_lu_lambdas', 'use_beta_sigmas'];
  // One timestep spans no range.
  if (sigmaMin === sigmaMax && remaps.some((name) => config[name])) return [sigmaMax, 0];
  if (config.use_karras_sigmas) return karrasSigmas(n, range);
  if (config.use_exponential_sigmas || config.use_lu_lambdas) return exponentialSigmas(n, range);
  if (config.use_beta_sigmas) return betaSigmas(n, range);
  return undefined;
}

/**
 * The grid of a scheduler on a chain of betas. A "sigma_min" end stops at the least noisy level; where the grid has it
 * already, the reference repeats it, and its last step does nothing: there the grid here is one step shorter.
 */
export function schedulerGrid(
  scheduler: string,
  config: Record<string, unknown>,
  n: number,
  chain: DiscreteSchedule,
): number[] {
  const table = chain.sigmas;
  const spaced = spacedTimesteps(scheduler, config, n);
  const byTime = spaced.map((t) => chain.sigma(t));
  const whole = !fractional.includes(scheduler);
  const logs = config.interpolation_type === 'log_linear';
  const ends = whole || logs ? [table[0]!, Math.min(table.at(-1)!, pureNoise)] : [byTime.at(-1)!, byTime[0]!];
  const [low, high] = whole ? ends : [config.sigma_min ?? ends[0]!, config.sigma_max ?? ends[1]!];
  // Over the whole table, one level more than steps: 0 is never reached. A remapping takes its place.
  if (logs && !remapped(config, 2, 1, 2)) {
    return exponentialSigmas(n + 1, { sigmaMin: low as number, sigmaMax: high as number }).slice(0, -1);
  }
  const sigmas = remapped(config, n, low as number, high as number)?.slice(0, -1) ?? byTime;
  if (config.final_sigmas_type !== 'sigma_min') return [...sigmas, 0];
  return sigmas.at(-1)! > table[0]! * (1 + 1e-12) ? [...sigmas, table[0]!] : sigmas;
}

export function sigmaGrids({ kind, source, config, n: steps, ...expected }: FixtureCase): void {
  const n = (config.n ?? steps) as number;
  const range = { sigmaMin: config.sigma_min as number, sigmaMax: config.sigma_max as number };
  switch (kind) {
    case 'karras':
      only(config, 'n', 'sigma_min', 'sigma_max', 'rho');
      return close(karrasSigmas(n, { ...range, rho: config.rho }), expected.sigmas);
    case 'exponential':
      only(config, 'n', 'sigma_min', 'sigma_max');
      return close(exponentialSigmas(n, range), expected.sigmas);
    case 'polyexponential':
      only(config, 'n', 'sigma_min', 'sigma_max', 'rho');
      return close(polyexponentialSigmas(n, { ...range, rho: config.rho }), expected.sigmas);
    case 'vp':
      only(config, 'n', 'beta_d', 'beta_min', 'eps_s');
      return close(
        scheduledSigmas(n, vpSchedule({ betaD: config.beta_d, betaMin: config.beta_min }), { to: config.eps_s }),
        expected.sigmas,
      );
    case 'edm_discretization':
      return close(discretization(config, n), expected.sigmas);
    case 'ancestral_step': {
      only(config, 'eta');
      const to = numbers(expected.sigma_to);
      const got = numbers(expected.sigma_from).map((from, i) => ancestralStep(from, to[i]!, config.eta));
      close(
        got.map(({ down }) => down),
        expected.sigma_down,
      );
      return close(
        got.map(({ up }) => up),
        expected.sigma_up,
      );
    }
    case 'lms_coeff': {
      only(config, 'order');
      const sigmas = numbers(expected.sigmas);
      const rows = expected.coeff.shape[0] as number;
      const got = Array.from({ length: rows }, (_, row) => {
        const step = expected.first_step + row;
        const times = Array.from({ length: config.order }, (_, j) => sigmas[step - j]!);
        return lagrangeIntegrals(times, times[0]!, sigmas[step + 1]!);
      });
      return close(got.flat(), expected.coeff);
    }
    case 'beta_ppf':
      only(config, 'alpha', 'beta', 'n');
      return close(
        numbers(expected.u).map((u) => betaQuantile(u, config.alpha, config.beta)),
        expected.ppf,
      );
    case 'beta_index': {
      only(config, 'alpha', 'beta', 'n', 'T');
      const { alpha, beta, T } = config;
      const reference = expected.indices as number[];
      return betaTimesteps(n, T, { alpha, beta }).forEach((t, i) => {
        // Exactly between two timesteps the last bit of the quantile decides in the reference.
        const between = Math.abs(((betaQuantile(1 - i / n, alpha, beta) * (T - 1)) % 1) - 0.5) < 1e-9;
        expect(Math.abs(t - reference[i]!)).toBeLessThanOrEqual(between ? 1 : 0);
      });
    }
    case 'ays': {
      only(config, 'model', 'n');
      const levels = { SD1: alignYourSteps.sd1, SDXL: alignYourSteps.sdxl, SVD: alignYourSteps.svd }[
        config.model as string
      ];
      if (!levels) return unknown({ model: config.model });
      close(levels, expected.levels);
      return close(interpolatedSigmas(n, levels), expected.sigmas);
    }
    case 'ays_table':
      return rounded(expected.name, numbers(expected.values));
    case 'diffusers':
      return diffusersGrid(source, config, n, expected);
    default:
      return unknown({ kind });
  }
}

/** EDM's four discretizations, with the ranges that its code gives each. */
export function discretization(config: Record<string, unknown>, n: number): number[] {
  only(config, 'discretization', 'n', 'rho', 'sigma_min', 'sigma_max');
  const [sigmaMin, sigmaMax] = [config.sigma_min, config.sigma_max] as (number | undefined)[];
  switch (config.discretization) {
    case 'edm':
      return karrasSigmas(n, { sigmaMin: sigmaMin ?? 0.002, sigmaMax: sigmaMax ?? 80, rho: config.rho as number });
    case 've':
      return scheduledSigmas(n, veSchedule({ sigmaMin, sigmaMax }), { to: 0 });
    case 'iddpm':
      return iddpmSigmas(n, { sigmaMin, sigmaMax });
    case 'vp':
      if (sigmaMin !== undefined || sigmaMax !== undefined) return unknown(config);
      return scheduledSigmas(n, vpSchedule());
    default:
      return unknown(config);
  }
}

/** The tables of diffusers are roundings of the published levels, through the nearest timestep. */
function rounded(name: string, values: number[]): void {
  const levels = /XL/.test(name) ? alignYourSteps.sdxl : /Video/.test(name) ? alignYourSteps.svd : alignYourSteps.sd1;
  if (/Timesteps$/.test(name)) {
    const chain = discreteSchedule(scaledLinearBetas());
    return values.forEach((t, i) => expect(Math.abs(chain.time(levels[i]!) - t)).toBeLessThan(1));
  }
  if (!/Sigmas$/.test(name)) return unknown({ name });
  expect(values.at(-1)).toBe(0);
  values.slice(0, -1).forEach((value, i) => expect(Math.abs(value / levels[i]! - 1), `${value}`).toBeLessThan(0.02));
}

function diffusersGrid(scheduler: string, config: Record<string, unknown>, n: number, expected: Fields): void {
  if (scheduler === 'EDMEulerScheduler') {
    only(config, 'sigma_schedule');
    const make = { karras: karrasSigmas, exponential: exponentialSigmas }[config.sigma_schedule as string];
    if (!make) return unknown(config);
    const sigmas = make(n, { sigmaMin: 0.002, sigmaMax: 80 });
    close(sigmas, expected.sigmas);
    return close(
      sigmas.slice(0, -1).map((sigma) => Math.log(sigma) / 4),
      expected.timesteps,
    );
  }
  only(
    config,
    'beta_schedule',
    'beta_start',
    'beta_end',
    'final_sigmas_type',
    'timestep_spacing',
    'steps_offset',
    'use_karras_sigmas',
    'use_exponential_sigmas',
    'use_beta_sigmas',
    'use_lu_lambdas',
  );
  // Between two timesteps diffusers interpolates sigma, and inverts ln sigma.
  const betas = betasOf(config);
  const linear = discreteSchedule(betas, { interpolation: 'linear' });
  const sigmas = schedulerGrid(scheduler, config, n, linear);
  const reference = numbers(expected.sigmas);
  if (reference.at(-1) === reference.at(-2)) {
    // The reference repeats its last level: a step that does nothing.
    close(sigmas, reference.slice(0, -1));
  } else close(sigmas, reference);

  const log = discreteSchedule(betas);
  const times = remapped(config, n, 1, 2) ? sigmas.slice(0, n).map(log.time) : spacedTimesteps(scheduler, config, n);
  const whole = !fractional.includes(scheduler);
  // Whole timesteps are rounded, or cut off by the exponential and the beta grid.
  const off = whole ? (config.use_exponential_sigmas || config.use_beta_sigmas ? 1 : 0.5) : 1e-6;
  numbers(expected.timesteps).forEach((t, i) =>
    expect(Math.abs(times[i]! - t), `timestep ${i}`).toBeLessThanOrEqual(off + 1e-6),
  );
}
