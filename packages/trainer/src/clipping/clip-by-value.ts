import { checkRule } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, type GradientClip, limitRule } from './gradient-clip.ts';
import { globalNorm } from './global-norm.ts';

/**
 * Cuts every single number to [-limit, limit]. Changes the direction of the gradient, unlike `clipByGlobalNorm`.
 *
 * **Memory** the clipped gradients and the global norm (before clipping) are the caller's.
 *
 * @throws DiptychError if limit is not positive
 * @example
 * const clip = clipByValue(0.5);
 */
export function clipByValue(limit: number): GradientClip {
  checkRule('clipByValue', 'limit', limitRule, limit);
  const clip: GradientClip = (gradients) =>
    tf.tidy(() => {
      checkGradients('clipByValue', gradients);
      const clipped = Object.entries(gradients).map(([name, g]) => [name, tf.clipByValue(g, -limit, limit)] as const);
      return { gradients: Object.fromEntries(clipped), norm: globalNorm(Object.values(gradients)) };
    });
  return Object.assign(clip, { acrossParameters: true });
}
