import { checkOptions, rules } from '@diptych/formats/errors';
import { uniformTime } from '../schedules/uniform-time.ts';
import { vpSchedule, type VpScheduleOptions } from '../schedules/vp-schedule.ts';
import type { Diffusion } from '../contracts/diffusion.ts';
import { scheduledDiffusion } from './scheduled.ts';

export interface VpOptions extends VpScheduleOptions {
  /** Timesteps of the chain that the network was made for: it is told (timesteps - 1) t. Default 1000. */
  timesteps?: number;
  /** Training sees t uniform in (epsilon, 1). Default 1e-5. */
  epsilon?: number;
}

/**
 * The process of DDPM++ with EDM's names: predicts the noise, c_skip 1, c_out -sigma, c_in 1/sqrt(sigma^2 + 1), c_noise 999 t; t is uniform in
 * training, lambda = 1/sigma^2.
 *
 * @throws DiptychError if an option is refused by `vpSchedule`, timesteps is not an integer >= 1, or epsilon not in [0, 1)
 * @see Karras et al. 2022, table 1 (column VP), arXiv:2206.00364
 * @example
 * denoiser(network, vp());
 */
export function vp(options: VpOptions = {}): Diffusion {
  const {
    timesteps = 1000,
    epsilon = 1e-5,
    ...range
  } = checkOptions('vp', options, {
    betaD: rules.positive,
    betaMin: rules.finite,
    timesteps: rules.count,
    epsilon: rules.interval('[0, 1)'),
  });
  const schedule = vpSchedule(range);
  return scheduledDiffusion(schedule, {
    label: (t) => (timesteps - 1) * t,
    sigmaQuantile: (u) => schedule.sigma(uniformTime({ timeRange: { ...schedule.timeRange, first: epsilon } }, u)),
  });
}
