import * as tf from '@tensorflow/tfjs-core';
import { fusedAll, type FusedOp } from '../kernels/dispatch.ts';

type Heads = tf.Tensor4D;

/**
 * Inputs q [B, H, N, d], k [B, H, M, d], v [B, H, M, e]. Outputs o [B, H, N, e] and logSumExp [B, H, N, 1], the logarithm of the sum over keys of
 * exp(q kT / sqrt(d)).
 */
export const scaledDotProductAttentionOp: FusedOp = {
  name: 'DiptychScaledDotProductAttention',
  gradient: {
    inputsToSave: ['q', 'k', 'v'],
    outputsToSave: [true, true],
    gradFunc: (dys, saved) => {
      const [dy] = dys as tf.Tensor[] as [Heads];
      const [q, k, v, o, logSumExp] = saved as [Heads, Heads, Heads, Heads, Heads];
      const [dq, dk, dv] = fusedAll(scaledDotProductAttentionGradOp, { dy, q, k, v, o, logSumExp }, {}, () =>
        tf.tidy(() => {
          const logits = tf.matMul(tf.mul(q, scaleOf(q)), k, false, true);
          return attentionGradient(dy, q, k, v, o, tf.exp(tf.sub(logits, logSumExp)) as Heads);
        }),
      );
      return { q: () => dq, k: () => dk, v: () => dv };
    },
  },
};

/** Inputs dy (as o), q, k, v, o, logSumExp of the forward kernel. Outputs dq, dk, dv. */
export const scaledDotProductAttentionGradOp: FusedOp = { name: 'DiptychScaledDotProductAttentionGrad' };

/** `scaledDotProductAttention` made of tfjs ops, with the closed-form gradient: two passes over [B, H, N, M] instead of five. */
export function composedAttention(q: Heads, k: Heads, v: Heads): Heads {
  const run = tf.customGrad((...args) => {
    const [q, k, v, save] = args as [Heads, Heads, Heads, tf.GradSaveFunc];
    // Scaling q is cheaper than scaling the logits.
    const weights = tf.softmax(tf.matMul(tf.mul(q, scaleOf(q)), k, false, true)); // [B, H, N, M]
    const value = tf.matMul(weights, v); // [B, H, N, e]
    save([q, k, v, value, weights]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      attentionGradient(dy as Heads, ...(saved as [Heads, Heads, Heads, Heads, Heads]));
    return { value, gradFunc };
  });
  return run(q, k, v) as Heads;
}

/**
 * With P = softmax(S), S = q kT / sqrt(d), o = P v: dv = PT dy, dP = dy vT, dS = P (dP - rowsum(dy o)), dq = dS k / sqrt(d), dk = dST q / sqrt(d).
 *
 * @see Dao et al. 2022, arXiv:2205.14135, section 3.1 and appendix B.2
 */
function attentionGradient(dy: Heads, q: Heads, k: Heads, v: Heads, o: Heads, weights: Heads): Heads[] {
  return tf.tidy(() => {
    const dv = tf.matMul(weights, dy, true, false); // [B, H, M, e]
    const dWeights = tf.matMul(dy, v, false, true); // [B, H, N, M]
    const rowSums = tf.sum(tf.mul(dy, o), -1, true); // [B, H, N, 1]
    const dLogits = tf.mul(weights, tf.sub(dWeights, rowSums)); // [B, H, N, M]
    const dq = tf.mul(tf.matMul(dLogits, k), scaleOf(q)); // [B, H, N, d]
    const dk = tf.matMul(dLogits, tf.mul(q, scaleOf(q)), true, false); // [B, H, M, d]
    return [dq, dk, dv] as Heads[];
  });
}

const scaleOf = (q: Heads) => 1 / Math.sqrt(q.shape[3]);
