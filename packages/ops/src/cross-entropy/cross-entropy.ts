import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from '@diptych/formats/errors';
import { fused, fusedAll, type FusedOp } from '../fused/dispatch.ts';

/**
 * Cross-entropy of logits with probabilities, along the last axis: -sum over k of p_k log softmax(logits)_k.
 *
 * **Shapes** probabilities and logits [..., K]; result [...]. **Units** nats. **Memory** the caller owns the result; a fused kernel saves both
 * operands, without copies, and one number per row.
 *
 * @throws DiptychError if the shapes differ
 * @see Goodfellow, Bengio, Courville 2016, Deep Learning, eq. 3.51 and 6.30
 *
 * @example
 * ```ts
 * crossEntropy(tf.tensor2d([[0, 1]]), tf.tensor2d([[0, 0]])); // [0.693147]
 * ```
 */
export function crossEntropy(probabilities: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  checkShape('crossEntropy', { logits }, ['...', 'K']);
  const { shape } = logits;
  checkShape('crossEntropy', { probabilities }, shape);
  return tf.tidy(() => {
    const rows = [-1, shape[shape.length - 1]] as [number, number];
    const [p, x] = [tf.reshape(probabilities, rows), tf.reshape(logits, rows)] as tf.Tensor2D[]; // [R, K]
    const loss = fused(crossEntropyOp, { probabilities: p, logits: x }, {}, () => composedCrossEntropy(p, x));
    return tf.reshape(loss, shape.slice(0, -1));
  });
}

/** Inputs probabilities and logits [R, K]. Outputs loss [R], logSumExp [R]. */
export const crossEntropyOp: FusedOp = {
  name: 'DiptychCrossEntropy',
  gradient: {
    inputsToSave: ['probabilities', 'logits'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const [dy] = dys as tf.Tensor[];
      const [probabilities, logits, logSumExp] = saved;
      const composed = () =>
        tf.grads((p, x) => composedCrossEntropy(p as tf.Tensor2D, x as tf.Tensor2D))([probabilities, logits], dy);
      const inputs = { dy, probabilities, logits, logSumExp };
      const [dProbabilities, dLogits] = fusedAll(crossEntropyGradOp, inputs, {}, composed);
      return { probabilities: () => dProbabilities, logits: () => dLogits };
    },
  },
};

/** Inputs dy [R], probabilities and logits [R, K], logSumExp [R]. Outputs dProbabilities and dLogits [R, K]. */
export const crossEntropyGradOp: FusedOp = { name: 'DiptychCrossEntropyGrad' };

/** `crossEntropy` of matrices, made of tfjs ops. */
export function composedCrossEntropy(probabilities: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor1D {
  return tf.neg(tf.sum(tf.mul(probabilities, tf.logSoftmax(logits)), 1) as tf.Tensor1D);
}
