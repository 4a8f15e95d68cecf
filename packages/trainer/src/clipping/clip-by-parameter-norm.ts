import { checkRule } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, type GradientClip, limitRule } from './gradient-clip.ts';
import { globalNorm } from './global-norm.ts';

/**
 * Scales the gradient of each parameter by a factor of its own, so that no single norm is above `maxNorm`: DINO's clipping.
 *
 *     g_i <- g_i min(1, maxNorm / (|g_i| + 1e-6))
 *
 * **Memory** the clipped gradients and the norms ([parameters], before clipping) are the caller's.
 *
 * @throws DiptychError if maxNorm is not positive
 * @see Caron et al. 2021, Emerging Properties in Self-Supervised Vision Transformers, arXiv:2104.14294, its code (`clip_gradients`)
 * @example
 * const clip = clipByParameterNorm(3);
 */
export function clipByParameterNorm(maxNorm: number): GradientClip {
  checkRule('clipByParameterNorm', 'maxNorm', limitRule, maxNorm);
  return (gradients) =>
    tf.tidy(() => {
      checkGradients('clipByParameterNorm', gradients);
      const norms: tf.Tensor[] = [];
      const clipped = Object.entries(gradients).map(([name, gradient]) => {
        const norm = globalNorm([gradient]);
        norms.push(norm);
        return [name, tf.mul(gradient, tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6))))] as const;
      });
      return { gradients: Object.fromEntries(clipped), norm: tf.stack(norms) };
    });
}
