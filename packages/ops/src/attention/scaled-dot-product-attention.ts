import type * as tf from '@tensorflow/tfjs-core';
import { checkShape } from '@diptych/formats/errors';
import { fused } from '../fused/dispatch.ts';
import { composedAttention, scaledDotProductAttentionOp } from './composed-attention.ts';

/**
 * softmax(q kT / sqrt(d)) v for every head.
 *
 * **Shapes** q [B, H, N, d], k [B, H, M, d], v [B, H, M, e]; result [B, H, N, e].
 * **Memory** the caller owns the result. Composed, the gradient saves the attention weights [B, H, N, M] and q, k, v, result; a fused kernel
 * saves one number per row instead of the weights.
 *
 * @throws DiptychError if the shapes do not fit
 * @see Vaswani et al. 2017, arXiv:1706.03762, eq. 1
 *
 * @example
 * ```ts
 * scaledDotProductAttention(q, k, v); // q, k, v [B, H, N, d]
 * ```
 */
export function scaledDotProductAttention(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D): tf.Tensor4D {
  const where = 'scaledDotProductAttention';
  checkShape(where, { q }, ['B', 'H', 'N', 'd']);
  const [batch, heads, , width] = q.shape;
  checkShape(where, { k }, [batch, heads, 'M', width]);
  checkShape(where, { v }, [batch, heads, k.shape[2], 'e']);
  return fused(scaledDotProductAttentionOp, { q, k, v }, {}, () => composedAttention(q, k, v));
}
