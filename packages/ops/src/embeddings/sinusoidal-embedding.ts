import * as tf from '@tensorflow/tfjs-core';
import { checkIntegerIn, checkNumbers, checkOptions, checkShape, rules } from '@diptych/formats/errors';

export interface SinusoidalEmbeddingOptions {
  /** Frequencies fall from 1 to (about) 1/maxPeriod. Default 10000. */
  maxPeriod?: number;
  /** Let the last frequency be 1/maxPeriod exactly: exponent i/(half - 1) instead of i/half. Default false. */
  endpoint?: boolean;
  /** Sines in the first half, cosines in the second. Default false: cosines first. */
  sinFirst?: boolean;
}

/**
 * Sinusoidal embedding of a noise level or time: [cos(t f_i), sin(t f_i)] with f_i = maxPeriod^(-i / half), half = floor(width / 2),
 * i = 0 ... half - 1. An odd width ends in a zero.
 *
 * The defaults are U-ViT's, DiT's and ADM's. DDAE and EDM's DDPM++ have `{endpoint: true, sinFirst: true}`.
 *
 * **Shapes** t [B]; result [B, width]. **Units** of t: whatever the network was trained with (U-ViT: 0 ... 999; EDM: ln(sigma)/4).
 * **Memory** the caller owns the result.
 *
 * Of a tensor, the whole part of t times f rounded to 12 bits is exact in float32 up to |t| = 4096; the rest of the angle is small, and
 * enters by cos(a + b) = cos a cos b - sin a sin b. The gradient goes through the fraction of t.
 *
 * @param t a tensor, or numbers, which are embedded in double precision; a tensor differs from that by less than 6e-7 up to |t| = 4096
 * @throws DiptychError if t is not of rank 1, width is below 2 (4 with `endpoint`), or maxPeriod is not positive
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 *
 * @example
 * ```ts
 * sinusoidalEmbedding(tf.tensor1d([0, 1]), 4); // [[1, 1, 0, 0], [0.5403, 0.99995, 0.84147, 0.0099998]]
 * ```
 */
export function sinusoidalEmbedding(
  t: tf.Tensor1D | ArrayLike<number>,
  width: number,
  options: SinusoidalEmbeddingOptions = {},
): tf.Tensor2D {
  const where = 'sinusoidalEmbedding';
  const {
    maxPeriod = 10000,
    endpoint = false,
    sinFirst = false,
  } = checkOptions<SinusoidalEmbeddingOptions>(where, options, {
    maxPeriod: rules.positive,
    endpoint: rules.flag,
    sinFirst: rules.flag,
  });
  const least = endpoint ? 4 : 2;
  checkIntegerIn(where, { width }, [least, Infinity]);
  const half = Math.floor(width / 2);
  const frequencies = Array.from({ length: half }, (_, i) => maxPeriod ** (-i / (endpoint ? half - 1 : half)));
  if (!(t instanceof tf.Tensor)) checkNumbers(where, { t });
  if (!(t instanceof tf.Tensor)) return embedNumbers(t, width, frequencies, sinFirst);

  checkShape(where, { t }, ['B']);
  return tf.tidy(() => {
    const coarse = frequencies.map((f) => Math.round(f * 4096) / 4096);
    const fine = frequencies.map((f, i) => f - coarse[i]);
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

function embedNumbers(t: ArrayLike<number>, width: number, frequencies: number[], sinFirst: boolean): tf.Tensor2D {
  const half = frequencies.length;
  const [sines, cosines] = sinFirst ? [0, half] : [half, 0];
  const rows = new Float32Array(t.length * width);
  for (let b = 0; b < t.length; b++) {
    for (let i = 0; i < half; i++) {
      const angle = t[b] * frequencies[i];
      rows[b * width + sines + i] = Math.sin(angle);
      rows[b * width + cosines + i] = Math.cos(angle);
    }
  }
  return tf.tensor2d(rows, [t.length, width]);
}
