import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkKey } from '../random/check-key.ts';
import type { Key } from '../random/key.ts';
import { normalPerSample, type NormalPerSampleOptions } from '../random/tensors.ts';
import { checkGrid } from '../sampling/sample-path.ts';

export interface ImageToImageOptions extends NormalPerSampleOptions {
  /** Share of the steps that are made, in (0, 1]: 1 forgets the image but for what sigmas[0] leaves of it. Default 0.6. */
  strength?: number;
}

/**
 * The start of image-to-image sampling: the image with noise added, and what is left of the grid from there. Of N steps the last
 * round(strength N) are made, at least one. Spread the result into the options of `sample`.
 *
 * **Shapes** image [B, ...]. **Memory** the caller owns `initial`.
 *
 * @throws DiptychError if the grid is none, or strength not in (0, 1]
 * @see Meng et al. 2021, "SDEdit: guided image synthesis and editing with stochastic differential equations", algorithm 1, arXiv:2108.01073
 * @example
 * const start = imageToImage(images, karrasSigmas(40), key(1), { strength: 0.5 });
 * const edited = await sample(heun(), denoise, { ...start, key: key(0) });
 */
export function imageToImage<T extends tf.Tensor>(
  image: T,
  sigmas: readonly number[],
  key: Key,
  options: ImageToImageOptions = {},
): { sigmas: number[]; initial: T } {
  const { strength = 0.6, first = 0 } = checkOptions('imageToImage', options, {
    strength: rules.interval('(0, 1]'),
    first: rules.index,
  });
  checkGrid('imageToImage', sigmas);
  checkShape('imageToImage', { image }, ['B', '...']);
  checkKey('imageToImage', key);
  const steps = Math.max(1, Math.round(strength * (sigmas.length - 1)));
  const rest = sigmas.slice(-steps - 1);
  const initial = tf.tidy(() => tf.add(image, tf.mul(rest[0], normalPerSample(key, image.shape, { first }))));
  return { sigmas: rest, initial: initial as T };
}
