import { checkOptions } from '@diptych/formats/errors';
import type { Diffusion } from '../contracts/diffusion.ts';
import { iddpmLevels, type IddpmLevelsOptions, iddpmLevelsRules } from '../grids/iddpm-sigmas.ts';
import { vpSchedule } from '../schedules/vp-schedule.ts';
import { scheduledDiffusion } from './scheduled.ts';

/**
 * The process of improved DDPM with EDM's names: predicts the noise, c_skip 1, c_out -sigma, c_in 1/sqrt(sigma^2 + 1), c_noise M - 1 - (index of
 * the nearest of `iddpmLevels`); training sees those levels alike, lambda = 1/sigma^2.
 *
 * @throws DiptychError if an option is refused by `iddpmLevels`
 * @see Karras et al. 2022, table 1 (column iDDPM) and appendix C.3.3, arXiv:2206.00364
 * @example
 * denoiser(network, iddpm());
 */
export function iddpm(options: IddpmLevelsOptions = {}): Diffusion {
  checkOptions<IddpmLevelsOptions>('iddpm', options, iddpmLevelsRules);
  const levels = iddpmLevels(options);
  const count = levels.length - 1;
  const nearest = (sigma: number) => {
    const below = levels.findIndex((level) => level <= sigma);
    return below > 0 && levels[below - 1] - sigma <= sigma - levels[below] ? below - 1 : below;
  };
  const diffusion = scheduledDiffusion(vpSchedule(), {
    label: (_, sigma) => count - 1 - nearest(sigma),
    // The levels but 0, from the least noise up, as a quantile goes.
    sigmaQuantile: (u) => levels[count - 1 - Math.min(Math.floor(u * count), count - 1)],
  });
  return { ...diffusion, name: 'iddpm' };
}
