import { checkOptions } from '@diptych/formats/errors';
import { rangeRules } from '../schedules/check-range.ts';
import { veSchedule, type VeScheduleOptions } from '../schedules/ve-schedule.ts';
import type { Diffusion } from '../contracts/diffusion.ts';
import { scheduledDiffusion } from './scheduled.ts';

/**
 * The process of NCSN++ with EDM's names: predicts the negative noise, c_skip 1, c_out sigma, c_in 1, c_noise ln(sigma/2); ln sigma is
 * uniform in training, lambda = 1/sigma^2.
 *
 * @throws DiptychError if an option is refused by `veSchedule`
 * @see Karras et al. 2022, table 1 (column VE), arXiv:2206.00364
 * @example
 * denoiser(network, ve());
 */
export function ve(options: VeScheduleOptions = {}): Diffusion {
  checkOptions<VeScheduleOptions>('ve', options, rangeRules);
  return scheduledDiffusion(veSchedule(options), {
    prediction: () => [0, -1],
    label: (_, sigma) => Math.log(sigma / 2),
  });
}
