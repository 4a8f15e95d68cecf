import { check } from '@diptych/formats/errors';
import { checkChain, type DiscreteSchedule } from './discrete-schedule.ts';
import { pureNoise } from './pure-noise.ts';

/**
 * The whole timestep of a chain whose ln sigma is nearest, for networks that know no others (k-diffusion's `quantize`). Of two as near,
 * the cleaner. A level without signal counts as `pureNoise`.
 *
 * @throws DiptychError if sigma is not > 0
 * @see Karras et al. 2022, appendix C.3.4, arXiv:2206.00364
 * @example
 * scheduledDiffusion(chain, { label: (_, sigma) => nearestTimestep(chain, sigma) });
 */
export function nearestTimestep(chain: DiscreteSchedule, sigma: number): number {
  const { sigmas } = checkChain('nearestTimestep', chain);
  check(sigma > 0 && typeof sigma === 'number', 'nearestTimestep', 'sigma', '> 0', sigma);
  const level = (t: number) => Math.min(sigmas[t], pureNoise);
  const above = sigmas.findIndex((of) => Math.min(of, pureNoise) >= sigma);
  if (above <= 0) return above === 0 ? 0 : sigmas.length - 1;
  return level(above) / sigma < sigma / level(above - 1) ? above : above - 1;
}
