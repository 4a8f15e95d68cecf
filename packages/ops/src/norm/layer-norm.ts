import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { fused } from '../fused/dispatch.ts';
import { composedLayerNorm, layerNormOp, normalizeOp } from './composed-layer-norm.ts';

export interface LayerNormFuncOptions {
  /** Added to the variance under the root. Default 1e-5 (U-ViT); the DiT family has 1e-6. */
  epsilon?: number;
}

const layerNormRules = { epsilon: rules.positive } as const;

/**
 * Layer normalisation over the last axis: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, with the biased variance.
 *
 * **Shapes** x [..., D], gamma and beta [D] or null (1 and 0); result as x.
 * **Memory** the caller owns the result; the gradient saves x (without a copy) and two numbers per row.
 *
 * @throws DiptychError if the shapes do not fit or epsilon is not positive
 * @see Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 4
 *
 * @example
 * ```ts
 * layerNorm(tf.tensor2d([[1, 3]]), null, null); // [[-1, 1]]
 * ```
 */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D | null,
  beta: tf.Tensor1D | null,
  options: LayerNormFuncOptions = {},
): T {
  const { epsilon = 1e-5 } = checkOptions('layerNorm', options, layerNormRules);
  checkShape('layerNorm', { x }, ['...', 'D']);
  const width = x.shape[x.rank - 1];
  if (gamma != null) checkShape('layerNorm', { gamma }, [width]);
  if (beta != null) checkShape('layerNorm', { beta }, [width]);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, width]) as tf.Tensor2D; // [R, D]
    if (!gamma && !beta) {
      const y = fused(normalizeOp, { x: rows }, { epsilon }, () => composedLayerNorm(rows, null, null, epsilon));
      return tf.reshape(y, x.shape) as T;
    }
    const scale = gamma ?? tf.ones([width]);
    const shift = beta ?? tf.zeros([width]);
    const y = fused(layerNormOp, { x: rows, gamma: scale, beta: shift }, { epsilon }, () =>
      composedLayerNorm(rows, gamma, beta, epsilon),
    );
    return tf.reshape(y, x.shape) as T;
  });
}
