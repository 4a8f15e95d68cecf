import { crossEntropy as ofLogits } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** -sum_k p_k log softmax(logits / T)_k along the last axis: [..., K] and [..., K] to [...]. */
export function crossEntropy(probabilities: tf.Tensor, logits: tf.Tensor, temperature: number): tf.Tensor {
  return tf.tidy(() => ofLogits(probabilities, tf.div(logits, temperature)));
}
