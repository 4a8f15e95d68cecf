import { check, checkFunction, checkOptions, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import { rowQuantile } from './row-quantile.ts';

export interface DynamicThresholdOptions {
  /** Share of the values that is kept. Default 0.995. */
  quantile?: number;
  /** Upper limit of the threshold; 1 would be a plain clip to [-1, 1]. Default Infinity. */
  max?: number;
}

/**
 * Dynamic thresholding of an estimate: with s the quantile of |D| over each sample, but at least 1 and at most `max`,
 * D is clipped to [-s, s] and divided by s.
 *
 * @throws DiptychError if quantile is not in [0, 1], or max < 1
 * @see Saharia et al. 2022, "Photorealistic text-to-image diffusion models", section 2.3, arXiv:2205.11487
 * @example
 * sample(ddim(), dynamicThreshold(denoise), { sigmas, shape, key: key(0) });
 */
export function dynamicThreshold(denoise: Denoise, options: DynamicThresholdOptions = {}): Denoise {
  checkFunction('dynamicThreshold', { denoise });
  checkThreshold('dynamicThreshold', options);
  return (x, sigma) => thresholdEstimate(denoise(x, sigma), options);
}

/**
 * The same for one estimate, [B, ...].
 *
 * **Shapes** the estimate and the result [B, ...].
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if quantile is not in [0, 1], or max is below 1
 * @example
 * const limited = thresholdEstimate(denoised, { quantile: 0.995, max: 1 });
 */
export function thresholdEstimate<T extends tf.Tensor>(x: T, options: DynamicThresholdOptions = {}): T {
  checkShape('thresholdEstimate', { x }, ['B', '...']);
  const { quantile = 0.995, max = Infinity } = checkThreshold('thresholdEstimate', options);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [x.shape[0], -1]) as tf.Tensor2D;
    const limit = tf.maximum(rowQuantile(tf.abs(rows), quantile), 1);
    const s = max < Infinity ? tf.minimum(limit, max) : limit;
    const clipped = tf.maximum(tf.minimum(rows, s), tf.neg(s));
    return tf.reshape(tf.div(clipped, s), x.shape) as T;
  });
}

function checkThreshold(where: string, options: DynamicThresholdOptions): DynamicThresholdOptions {
  checkOptions(where, options, { quantile: rules.share, max: rules.number });
  check((options.max ?? 1) >= 1, where, 'max', '>= 1', options.max);
  return options;
}
