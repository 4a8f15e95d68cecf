import * as tf from '@tensorflow/tfjs-core';
import { uniformArray, type ForwardOptions } from '@diptych/core';
import { check } from '@diptych/formats/errors';

/**
 * Dropout: in training each number becomes 0 with probability p, the others x / (1 - p); otherwise x itself. What is dropped depends on the
 * key and on the place of the number alone, so a sample loses the same ones in every batch that it stands at the same place of.
 *
 * **Shapes** any -> the same. **Memory** the caller owns the result.
 *
 * @throws DiptychError if the rate is not from 0 up to but without 1, or in training without a key
 * @see Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting", section 4
 * @example
 * dropout(features, 0.1, { training: true, key: key(0) });
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, { training = false, key }: ForwardOptions = {}): T {
  checkRate('dropout', rate);
  if (!training || rate === 0) return tf.clone(x);
  check(key, 'dropout', 'key', 'given when training drops anything', key);
  const drawn = uniformArray(key, Math.ceil(x.size / 3));
  const factors = new Float32Array(x.size);
  const factor = 1 / (1 - rate);
  const threshold = rate * 65536;
  // Each uniform number has bits for three draws of 16.
  for (let i = 0, at = 0; at < factors.length; i++) {
    let left = drawn[i];
    for (let part = 0; part < 3 && at < factors.length; part++) {
      left *= 65536;
      const whole = Math.floor(left);
      left -= whole;
      factors[at++] = whole < threshold ? 0 : factor;
    }
  }
  return tf.tidy(() => tf.mul(x, tf.tensor(factors, x.shape)) as T);
}

/** Refuses rates that are no probability of losing less than everything. */
export function checkRate(where: string, rate: number): void {
  check(rate >= 0 && rate < 1, where, 'dropout', 'a probability below 1', rate);
}
