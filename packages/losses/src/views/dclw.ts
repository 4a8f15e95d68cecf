import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { dcl } from './dcl.ts';

export interface DclwOptions {
  /** Divides the cosines. Default 0.1. */
  temperature?: number;
  /** Concentration of the weights. Default 0.5. */
  sigma?: number;
}

/**
 * Decoupled contrastive loss whose positive terms weigh more where the two views are far apart.
 *
 *     w = 2 - B softmax(cos(a_i, b_i) / sigma)  (over the batch, without gradient)
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that differ, a batch of one, temperature or sigma not above 0.
 * @see Yeh et al., arXiv 2110.06848, eq. 7 and 8 (von Mises-Fisher weighting).
 * @example
 * const loss = dclw(projector.apply(z1), projector.apply(z2), { temperature: 0.1, sigma: 0.5 });
 */
export function dclw(a: tf.Tensor2D, b: tf.Tensor2D, options: DclwOptions = {}): tf.Scalar {
  const { sigma = 0.5, ...rest } = options;
  check(sigma > 0 && Number.isFinite(sigma), 'dclw', 'options.sigma', 'finite, above 0', sigma);
  return dcl(a, b, {
    ...rest,
    positiveWeight: (cosines) =>
      tf.sub(2, tf.mul(tf.softmax(tf.div(cosines, sigma) as tf.Tensor1D), cosines.shape[0])) as tf.Tensor1D,
  });
}
