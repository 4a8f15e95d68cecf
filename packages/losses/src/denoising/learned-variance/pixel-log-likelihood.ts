import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** Half a step between two of 256 gray values in [-1, 1]. */
const HALF_BIN = 1 / 255;

/**
 * Log of the probability that a normal variable falls into the bin of an 8-bit pixel in [-1, 1]; the outermost bins are
 * open. The normal distribution function is the tanh approximation, as in the reference.
 *
 *     Phi(z) = (1 + tanh g(z)) / 2, g(z) = sqrt(2/pi) (z + 0.044715 z^3)
 *     ln (Phi(p) - Phi(m)) = ln sinh(g(p) - g(m)) - ln cosh g(p) - ln cosh g(m) - ln 2
 *
 * The second line loses no digits in the tails, where a difference of float32 numbers is 0.
 */
export function pixelLogLikelihood(pixels: tf.Tensor4D, mean: tf.Tensor4D, logDeviation: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const centered = tf.sub(pixels, mean);
    const inverse = tf.exp(tf.neg(logDeviation));
    const p = tf.mul(inverse, tf.add(centered, HALF_BIN));
    const m = tf.mul(inverse, tf.sub(centered, HALF_BIN));
    const g = (z: tf.Tensor) => tf.mul(tf.mul(z, tf.add(tf.mul(tf.square(z), 0.044715), 1)), Math.sqrt(2 / Math.PI));
    const [gp, gm] = [g(p), g(m)];
    const cubes = tf.add(tf.add(tf.square(p), tf.mul(p, m)), tf.square(m)); // (p^3 - m^3) / (p - m)
    const width = tf.mul(tf.mul(inverse, 2 * HALF_BIN), tf.add(tf.mul(cubes, 0.044715), 1));
    const d = tf.mul(width, Math.sqrt(2 / Math.PI)); // g(p) - g(m) > 0

    // ln sinh d = d + ln(1 - e^-2d) - ln 2, ln cosh z = |z| + ln(1 + e^-2|z|) - ln 2.
    const logSinh = tf.add(d, tf.log(tf.neg(tf.expm1(tf.mul(d, -2)))));
    const logCosh = (z: tf.Tensor) => tf.add(tf.abs(z), tf.log1p(tf.exp(tf.mul(tf.abs(z), -2))));
    const inside = tf.sub(logSinh, tf.add(logCosh(gp), logCosh(gm)));
    const below = tf.neg(tf.softplus(tf.mul(gp, -2))); // ln Phi(p)
    const above = tf.neg(tf.softplus(tf.mul(gm, 2))); // ln (1 - Phi(m))

    const [lowest, highest] = withoutGradient(() => [
      tf.cast(tf.less(pixels, -0.999), 'float32'),
      tf.cast(tf.greater(pixels, 0.999), 'float32'),
    ]) as [tf.Tensor4D, tf.Tensor4D];
    const middle = tf.sub(1, tf.add(lowest, highest));
    return tf.addN([tf.mul(lowest, below), tf.mul(highest, above), tf.mul(middle, inside)]) as tf.Tensor4D;
  });
}
