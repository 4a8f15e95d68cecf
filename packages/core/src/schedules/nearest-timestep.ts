import { check } from '@diptych/formats/errors';
import type { DiscreteSchedule } from './discrete-schedule.ts';

/**
 * The whole timestep of a chain whose ln sigma is nearest, for networks that know no others (k-diffusion's `quantize`). Of two as near,
 * the cleaner.
 *
 * @throws DiptychError if sigma is not > 0
 * @see Karras et al. 2022, appendix C.3.4
 * @example scheduledProcess(chain, { label: (_, sigma) => nearestTimestep(chain, sigma) });
 */
export function nearestTimestep({ sigmas }: DiscreteSchedule, sigma: number): number {
  check(sigma > 0, 'nearestTimestep', 'sigma', '> 0', sigma);
  const above = sigmas.findIndex((level) => level >= sigma);
  if (above <= 0) return above === 0 ? 0 : sigmas.length - 1;
  return sigmas[above]! / sigma < sigma / sigmas[above - 1]! ? above : above - 1;
}
