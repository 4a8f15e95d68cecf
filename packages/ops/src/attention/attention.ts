import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { attributes } from '../fused/attributes.ts';
import { fused, type FusedOp } from '../fused/dispatch.ts';
import { recomputedAttentionGradient } from './composed-attention.ts';
import { scaledDotProductAttention } from './scaled-dot-product-attention.ts';

export interface AttentionFuncOptions {
  /** Number of heads; must divide D. */
  heads: number;
}

const attentionRules = { heads: rules.required(rules.count) } as const;

/**
 * Multi-head self-attention on a packed projection: softmax(q kT / sqrt(d)) v for every head, d = D / heads, heads side by side.
 *
 * **Shapes** qkv [B, N, 3 D]: all of q, then all of k, then all of v, each head after head (as timm, U-ViT and DiT pack it); result [B, N, D].
 * **Memory** the caller owns the result; what the gradient saves is told at `scaledDotProductAttention`.
 *
 * @throws DiptychError if qkv is not of rank 3, or 3 * heads does not divide its width
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2
 *
 * @example
 * ```ts
 * const y = linear(attention(linear(x, qkvKernel), { heads: 4 }), projection, bias);
 * ```
 */
export function attention(qkv: tf.Tensor3D, options: AttentionFuncOptions): tf.Tensor3D {
  const { heads } = checkOptions('attention', options, attentionRules);
  checkShape('attention', { qkv }, ['B', 'N', '3 D']);
  check(qkv.shape[2] % (3 * heads) === 0, 'attention', 'qkv', `of a width that 3 * ${heads} divides`, qkv);
  return fused(attentionOp, { qkv }, { heads }, () => packedAttention(qkv, heads));
}

/** Input qkv [B, N, 3 D]; attribute heads. Outputs o [B, N, D] and logSumExp [B, heads, N]. */
export const attentionOp: FusedOp = {
  name: 'DiptychAttention',
  gradient: {
    inputsToSave: ['qkv'],
    outputsToSave: [true, true],
    gradFunc: (dys, saved, attrs) => {
      const [dy] = dys as tf.Tensor3D[];
      const [qkv, o, logSumExp] = saved as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
      const { heads } = attributes<{ heads: number }>(attrs);
      const dqkv = fused(attentionGradOp, { dy, qkv, o, logSumExp }, { heads }, () =>
        packedAttentionGradient(dy, qkv, o, logSumExp),
      );
      return { qkv: () => dqkv };
    },
  },
};

/** Inputs dy [B, N, D], and qkv, o, logSumExp of the forward kernel; attribute heads. Output dqkv [B, N, 3 D]. */
export const attentionGradOp: FusedOp = { name: 'DiptychAttentionGrad' };

/** `attention` without a kernel for the packed form: heads are split off and `scaledDotProductAttention` does the rest. */
export function packedAttention(qkv: tf.Tensor3D, heads: number): tf.Tensor3D {
  return tf.tidy(() => {
    const [q, k, v] = tf.split(qkv, 3, 2).map((x) => splitHeads(x as tf.Tensor3D, heads));
    return mergeHeads(scaledDotProductAttention(q, k, v));
  });
}

function packedAttentionGradient(
  dy: tf.Tensor3D,
  qkv: tf.Tensor3D,
  o: tf.Tensor3D,
  logSumExp: tf.Tensor3D,
): tf.Tensor3D {
  return tf.tidy(() => {
    const heads = logSumExp.shape[1];
    const [q, k, v] = tf.split(qkv, 3, 2).map((x) => splitHeads(x as tf.Tensor3D, heads));
    const perRow = tf.expandDims(logSumExp, 3) as tf.Tensor4D;
    const gradients = recomputedAttentionGradient(splitHeads(dy, heads), q, k, v, splitHeads(o, heads), perRow);
    return tf.concat(gradients.map(mergeHeads), 2);
  });
}

/** [B, N, D] -> [B, heads, N, d]. Four axes: WASM transposes five and more by a generic loop. */
function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [batch, tokens, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, heads, N, d] -> [B, N, D]. */
function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, tokens, depth] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * depth]);
}
