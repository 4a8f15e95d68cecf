import { checkOptions, checkRule } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, type GradientClip, limitRule } from './gradient-clip.ts';
import { globalNorm, normRules } from './global-norm.ts';
import type { GlobalNormOptions } from './global-norm.ts';

/**
 * Scales all gradients by one factor so that their common norm is at most `maxNorm`; their direction stays.
 *
 *     g <- g min(1, maxNorm / (norm + 1e-6))
 *
 * **Memory** the clipped gradients and the norm (a scalar, before clipping) are the caller's.
 *
 * @throws DiptychError if maxNorm is not positive
 * @see Pascanu et al. 2013, On the difficulty of training recurrent neural networks, algorithm 1, arXiv:1211.5063; the 1e-6 is PyTorch's
 * @example
 * const { gradients, norm } = tf.tidy(() => clipByGlobalNorm(1)(raw));
 */
export function clipByGlobalNorm(maxNorm: number, options: GlobalNormOptions = {}): GradientClip {
  checkRule('clipByGlobalNorm', 'maxNorm', limitRule, maxNorm);
  checkOptions('clipByGlobalNorm', options, normRules);
  const factorOf: NonNullable<GradientClip['factor']> = (gradients) =>
    tf.tidy(() => {
      checkGradients('clipByGlobalNorm', gradients);
      const norm = globalNorm(Object.values(gradients), options);
      return { factor: tf.minimum<tf.Scalar>(1, tf.div(maxNorm, tf.add(norm, 1e-6))), norm };
    });
  const clip: GradientClip = (gradients) =>
    tf.tidy(() => {
      const { factor, norm } = factorOf(gradients);
      const clipped = Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)] as const);
      return { gradients: Object.fromEntries(clipped), norm };
    });
  return Object.assign(clip, { acrossParameters: true, factor: factorOf });
}
