import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { stopGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { learnedRangeBound, type LearnedRangeBoundOptions, learnedRangeBoundRules } from './learned-range-bound.ts';

export interface HybridBoundOptions extends LearnedRangeBoundOptions {
  /** The noise that was added, [B, H, W, C]. */
  noise: tf.Tensor4D;
  /** Factor of the bound: 1 is DiT's default, steps / 1000 its rescaled form. Default 1. */
  boundWeight?: number;
}

/**
 * Loss of a network that predicts noise and variance: the noise learns from its squared error alone, the variance from
 * the variational bound alone.
 *
 *     L_i = mean_HWC (epsilon - n)^2 + w bound_i(sg(epsilon), variance)
 *
 * **Shapes** epsilon and variance [B, H, W, C], result [B]. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ, a timestep is outside the chain, or `boundWeight` is negative
 * @see Nichol and Dhariwal 2021, eq. 16, arXiv:2102.09672
 * @example
 * const perSample = hybridBound(epsilon, variance, { schedule, timestep, images, noisy, noise });
 */
export function hybridBound(epsilon: tf.Tensor4D, variance: tf.Tensor4D, options: HybridBoundOptions): tf.Tensor1D {
  const {
    noise,
    boundWeight = 1,
    ...rest
  } = checkOptions('hybridBound', options, {
    ...learnedRangeBoundRules,
    noise: rules.required(rules.tensor),
    boundWeight: rules.nonNegative,
  });
  checkShape('hybridBound', { epsilon }, ['B', 'H', 'W', 'C']);
  checkShape('hybridBound', { noise }, epsilon.shape);
  return tf.tidy(() => {
    const squared = tf.mean(tf.squaredDifference(epsilon, noise), [1, 2, 3]); // [B]
    const bound = learnedRangeBound(stopGradient(epsilon), variance, rest);
    return tf.add(squared, tf.mul(bound, boundWeight)) as tf.Tensor1D;
  });
}
