import { checkOptions, rules } from '@diptych/formats/errors';
import { checkTimesteps } from './check-timesteps.ts';

export interface DistilledTimestepsOptions {
  /** Steps of the solver that the model was distilled with. Default 50. */
  originalSteps?: number;
  /** Share of the chain to walk: below 1 to start from an image. Default 1. */
  strength?: number;
}

/**
 * n of the timesteps that a consistency-distilled model (LCM, TCD) was trained on, noisiest first:
 * k, 2k, ..., less one, with k = T / originalSteps, thinned out evenly.
 *
 * @throws DiptychError if not 1 <= n <= originalSteps * strength, originalSteps <= T
 * @see Luo et al. 2023, "Latent consistency models", section 4.3, arXiv:2310.04378
 * @example
 * distilledTimesteps(4); // [999, 759, 499, 259]
 */
export function distilledTimesteps(n: number, T = 1000, options: DistilledTimestepsOptions = {}): number[] {
  const { originalSteps = 50, strength = 1 } = checkOptions('distilledTimesteps', options, {
    originalSteps: rules.count,
    strength: rules.interval('(0, 1]'),
  });
  checkTimesteps('distilledTimesteps', originalSteps, T);
  const available = Math.floor(originalSteps * strength);
  checkTimesteps('distilledTimesteps', n, available);
  const stride = Math.floor(T / originalSteps);
  return Array.from({ length: n }, (_, i) => (available - Math.floor((i * available) / n)) * stride - 1);
}
