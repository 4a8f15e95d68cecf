import * as tf from '@tensorflow/tfjs-core';
import { fusedAll, type FusedOp } from '../fused/dispatch.ts';

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
        recomputedAttentionGradient(dy, q, k, v, o, logSumExp),
      );
      return { q: () => dq, k: () => dk, v: () => dv };
    },
  },
};

/**
 * Inputs dy (as o), q, k, v, and o, logSumExp of the forward kernel. Outputs dq, dk, dv. Runs together with a forward kernel alone: the composed forward
 * pass saves the weights instead of logSumExp.
 */
export const scaledDotProductAttentionGradOp: FusedOp = { name: 'DiptychScaledDotProductAttentionGrad' };

/** `scaledDotProductAttention` made of tfjs ops, with the closed-form gradient: two passes over [B, H, N, M] instead of five. */
export function composedAttention(q: Heads, k: Heads, v: Heads): Heads {
  const run = tf.customGrad((...args) => {
    const [q, k, v, save] = args as [Heads, Heads, Heads, tf.GradSaveFunc];
    const weights = tf.softmax(logitsOf(q, k)); // [B, H, N, M]
    const value = tf.matMul(weights, v); // [B, H, N, e]
    save([q, k, v, value, weights]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [q, k, v, o, weights] = saved as [Heads, Heads, Heads, Heads, Heads];
      return attentionGradient(dy as Heads, q, k, v, o, weights);
    };
    return { value, gradFunc };
  });
  return run(q, k, v) as Heads;
}

/** The gradient from what a forward kernel saves: the weights are made again as exp(S - logSumExp). */
export function recomputedAttentionGradient(
  dy: Heads,
  q: Heads,
  k: Heads,
  v: Heads,
  o: Heads,
  logSumExp: Heads,
): Heads[] {
  return tf.tidy(() => attentionGradient(dy, q, k, v, o, tf.exp(tf.sub(logitsOf(q, k), logSumExp)) as Heads));
}

/**
 * With P = softmax(S), S = q kT / sqrt(d), o = P v: dv = PT dy, dP = dy vT, dS = P (dP - rowsum(dy o)), dq = dS k / sqrt(d), dk = dST q / sqrt(d).
 *
 * @see Dao et al. 2022, arXiv:2205.14135, section 3.1 and appendix B.2
 */
function attentionGradient(dy: Heads, q: Heads, k: Heads, v: Heads, o: Heads, weights: Heads): Heads[] {
  return tf.tidy(() => {
    if (tf.engine().isTapeOn()) {
      // A second derivative: the tape knows saved inputs, but not saved results, as functions of the inputs.
      weights = tf.softmax(logitsOf(q, k));
      o = tf.matMul(weights, v);
    }
    const dv = tf.matMul(weights, dy, true, false); // [B, H, M, e]
    const dWeights = tf.matMul(dy, v, false, true); // [B, H, N, M]
    const rowSums = tf.sum(tf.mul(dy, o), -1, true); // [B, H, N, 1]
    const dLogits = tf.mul(weights, tf.sub(dWeights, rowSums)); // [B, H, N, M]
    const dq = tf.mul(tf.matMul(dLogits, k), scaleOf(q)); // [B, H, N, d]
    const dk = tf.matMul(dLogits, tf.mul(q, scaleOf(q)), true, false); // [B, H, M, d]
    return [dq, dk, dv] as Heads[];
  });
}

/** Scaling q is cheaper than scaling the logits. */
const logitsOf = (q: Heads, k: Heads) => tf.matMul(tf.mul(q, scaleOf(q)), k, false, true) as Heads; // [B, H, N, M]

const scaleOf = (q: Heads) => 1 / Math.sqrt(q.shape[3]);
