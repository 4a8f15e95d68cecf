import { check } from '@diptych/formats/errors';
import type { DecaySchedule } from './decay.ts';

export interface HalfLifeDecayOptions {
  /** Images after which a set of weights counts half. EDM: 0.5 million. */
  halfLife: number;
  /** Images in a step. */
  batchSize: number;
  /** The half-life is never more than this share of the images seen. EDM: 0.05, EDM2: 0.09. Default: no ramp-up. */
  rampUp?: number;
  /** Whether the images of the step itself count as seen: true (default) as in EDM2, false as in EDM. */
  countStep?: boolean;
}

/**
 * Decay of a half-life in images, so that it means the same for every batch size.
 *
 *     0.5^(batchSize / min(halfLife, rampUp images))
 *
 * EDM counts the images before the step, so that its first step copies the weights and all later ones are one step
 * behind EDM2's, which counts those after it.
 *
 * **Units** images.
 *
 * @throws DiptychError on a half-life, batch size or ramp-up that is not positive.
 * @see Karras et al., arXiv 2206.00364, appendix F (EDM); arXiv 2312.02696, appendix B (EDM2).
 * @example
 * halfLifeDecay({ halfLife: 500_000, batchSize: 512, rampUp: 0.05, countStep: false }); // EDM's
 */
export function halfLifeDecay(options: HalfLifeDecayOptions): DecaySchedule {
  const { halfLife, batchSize, rampUp, countStep = true } = options;
  check(halfLife > 0, 'halfLifeDecay', 'options.halfLife', '> 0', halfLife);
  check(batchSize > 0, 'halfLifeDecay', 'options.batchSize', '> 0', batchSize);
  check(rampUp === undefined || rampUp > 0, 'halfLifeDecay', 'options.rampUp', '> 0', rampUp);
  return (step) => {
    const images = (step + (countStep ? 1 : 0)) * batchSize;
    const now = rampUp === undefined ? halfLife : Math.min(halfLife, rampUp * images);
    return 0.5 ** (batchSize / Math.max(now, 1e-8));
  };
}
