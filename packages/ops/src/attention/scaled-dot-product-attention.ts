import type * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { fused } from '../kernels/dispatch.ts';
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
  check(q.rank === 4, where, 'q', 'of shape [B, H, N, d]', q);
  const [batch, heads, , width] = q.shape;
  const fits = (x: tf.Tensor4D) => x.rank === 4 && x.shape[0] === batch && x.shape[1] === heads;
  check(fits(k) && k.shape[3] === width, where, 'k', `of shape [${batch}, ${heads}, M, ${width}]`, k);
  check(fits(v) && v.shape[2] === k.shape[2], where, 'v', `of shape [${batch}, ${heads}, ${k.shape[2]}, e]`, v);
  return fused(scaledDotProductAttentionOp, { q, k, v }, {}, () => composedAttention(q, k, v));
}
