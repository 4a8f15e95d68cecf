import { check, checkFunction } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';

/**
 * A denoiser whose estimate is clipped to [-limit, limit].
 *
 * @throws DiptychError if limit is not > 0
 * @see Ho et al. 2020, code of the paper, arXiv:2006.11239
 * @example
 * sample(ddim(), clipDenoised(denoise), { sigmas, shape, key: key(0) });
 */
export function clipDenoised(denoise: Denoise, limit = 1): Denoise {
  checkFunction('clipDenoised', { denoise });
  check(typeof limit === 'number' && limit > 0, 'clipDenoised', 'limit', '> 0', limit);
  return (x, sigma) => tf.clipByValue(denoise(x, sigma), -limit, limit);
}
