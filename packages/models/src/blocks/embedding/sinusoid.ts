import * as tf from '@tensorflow/tfjs-core';
import type { SinusoidalEmbeddingOptions } from '@diptych/ops';

/**
 * What `sinusoidalEmbedding` of `@diptych/ops` computes, of numbers on the device and to the last bits of float32: with t near 1000
 * the product t f alone would be off by up to 6e-5.
 *
 * The whole part of t times f rounded to 12 bits is exact in float32 up to |t| = 4096; what is missing of the angle is small, and enters by
 * cos(a + b) = cos a cos b - sin a sin b. The gradient goes through the fraction of t.
 *
 * **Shapes** t [B] -> [B, width]. **Memory** the caller owns the result.
 */
export function sinusoid(
  t: tf.Tensor1D,
  width: number,
  { maxPeriod = 10000, endpoint = false, sinFirst = false }: SinusoidalEmbeddingOptions = {},
): tf.Tensor2D {
  const half = Math.floor(width / 2);
  const frequencies = Array.from({ length: half }, (_, i) => maxPeriod ** (-i / (endpoint ? half - 1 : half)));
  const coarse = frequencies.map((f) => Math.round(f * 4096) / 4096);
  const fine = frequencies.map((f, i) => f - coarse[i]);
  return tf.tidy(() => {
    const label = tf.reshape(tf.cast(t, 'float32'), [-1, 1]); // [B, 1]
    const whole = tf.round(label);
    const fraction = tf.sub(label, whole);
    const a = tf.mul(whole, tf.tensor2d([coarse])); // [B, half]
    const b = tf.add(tf.mul(whole, tf.tensor2d([fine])), tf.mul(fraction, tf.tensor2d([frequencies])));
    const [ca, sa, cb, sb] = [tf.cos(a), tf.sin(a), tf.cos(b), tf.sin(b)];
    const cosines = tf.sub(tf.mul(ca, cb), tf.mul(sa, sb));
    const sines = tf.add(tf.mul(sa, cb), tf.mul(ca, sb));
    const waves = sinFirst ? [sines, cosines] : [cosines, sines];
    if (width % 2) waves.push(tf.zeros([t.shape[0], 1]));
    return tf.concat(waves, 1) as tf.Tensor2D;
  });
}
