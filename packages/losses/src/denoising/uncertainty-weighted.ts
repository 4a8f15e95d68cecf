import * as tf from '@tensorflow/tfjs-core';

/**
 * Losses divided by their learned size, with the logarithm of the size as its price: at the best u the result is
 * 1 + ln(loss).
 *
 *     loss / exp(u) + u
 *
 * **Shapes** both [B] (or any, alike). **Memory** The result is the caller's.
 *
 * @see Karras et al., EDM2, arXiv 2312.02696, eq. 15; Kendall et al., arXiv 1705.07115.
 * @example
 * const weighted = uncertaintyWeighted(perSample, uncertainty.logVariance(process, sigma));
 */
export function uncertaintyWeighted<T extends tf.Tensor>(loss: T, logVariance: T): T {
  return tf.tidy(() => tf.add(tf.mul(loss, tf.exp(tf.neg(logVariance))), logVariance) as T);
}
