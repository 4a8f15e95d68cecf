import { clipDenoised, type Denoise, discreteSchedule, type DiscreteSchedule, type Sampler } from '@diptych/core';
import { dynamicThreshold } from '@diptych/core/denoisers';
import type { Fields, FixtureCase } from '../../../fixtures/index.ts';
import { betasOf } from '../tables.ts';

/** A scheduler of diffusers in the words of this library. */
export interface Plan {
  sampler: Sampler;
  sigmas: number[];
  denoise?: (denoise: Denoise) => Denoise;
  /** Calls whose state the reference has at another timestep than it evaluates: what they lead to is compared. */
  unlike?: (call: number) => boolean;
}

/** A case in the words that its plan needs. */
export interface Wanted {
  one: FixtureCase;
  scheduler: string;
  config: Fields;
  n: number;
  /** Arguments of every step. */
  step: Fields;
  /** The levels that the reference evaluates at, and its last. */
  levels: readonly number[];
}

/** How the schedulers of one family are planned, by the names of diffusers. */
export type Planners = Readonly<Record<string, (wanted: Wanted) => Plan>>;

export const chainKeys = [
  'beta_schedule',
  'beta_start',
  'beta_end',
  'trained_betas',
  'num_train_timesteps',
  'rescale_betas_zero_snr',
];
export const clipKeys = [
  'clip_sample',
  'clip_sample_range',
  'thresholding',
  'dynamic_thresholding_ratio',
  'sample_max_value',
];

/** Schedulers that keep 2^-24 of the signal's power where a zero terminal SNR leaves none. */
const keepsSignal = [
  'EulerDiscreteScheduler',
  'EulerAncestralDiscreteScheduler',
  'DPMSolverMultistepScheduler',
  'UniPCMultistepScheduler',
];

/** The table of betas of a scheduler. */
export function chainOf({ scheduler, config }: Wanted): DiscreteSchedule {
  const table = discreteSchedule(betasOf(config), { interpolation: 'linear' });
  if (!config.rescale_betas_zero_snr || !keepsSignal.includes(scheduler)) return table;
  const least = Math.sqrt(2 ** 24 - 1);
  const sigmas = table.sigmas.with(-1, least);
  return { ...table, sigmas, sigma: (t) => (t >= sigmas.length - 1 ? least : table.sigma(t)) };
}

/** Levels at listed timesteps, then the end. */
export function listed(wanted: Wanted, timesteps: number[], end: number): number[] {
  const sigmas = timesteps.map((t) => chainOf(wanted).sigma(t));
  return sigmas.at(-1)! > end ? [...sigmas, end] : sigmas;
}

/** The denoiser with its estimates clipped or thresholded, as the configuration says. */
export const limited =
  (config: Fields) =>
  (denoise: Denoise): Denoise => {
    if (config.thresholding) {
      return dynamicThreshold(denoise, {
        quantile: config.dynamic_thresholding_ratio,
        max: config.sample_max_value ?? 1,
      });
    }
    return config.clip_sample ? clipDenoised(denoise, config.clip_sample_range ?? 1) : denoise;
  };
