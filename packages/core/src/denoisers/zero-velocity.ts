import { checkNonNegative, checkTensor } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';

/**
 * The denoiser of a flow that stands still, n - D = 0, so D = x/(1 + sigma): with it CFG-Zero* makes its first steps, whose guided
 * velocity would be worse than none.
 *
 * @see Fan et al. 2025, "CFG-Zero*", section 3.3, arXiv:2503.18886
 * @example
 * const still = intervalOfSteps(sigmas, 0, 0.04);
 * sample(euler(), guidedWithin(zeroVelocity, guided(better, worse, cfgZeroStar(4)), still), { sigmas, shape, key: key(0) });
 */
export const zeroVelocity: Denoise = (x, sigma) => {
  checkTensor('zeroVelocity', { x });
  checkNonNegative('zeroVelocity', { sigma });
  return tf.div(x, 1 + sigma);
};
