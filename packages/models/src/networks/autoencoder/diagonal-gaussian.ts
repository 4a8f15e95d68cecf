import * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';

/** Independent normal numbers, one for each place of a tensor: what the encoder of a KL autoencoder says of a latent. */
export interface DiagonalGaussian {
  mean: tf.Tensor;
  /** Of the shape of `mean`. */
  logVariance: tf.Tensor;
}

/** Options of `diagonalGaussian`. */
export interface DiagonalGaussianOptions {
  /** Least and largest log-variance; what is beyond is cut and has no gradient. Default [-30, 20]. */
  clamp?: readonly [least: number, largest: number];
}

/**
 * The distribution that an encoder describes by its moments: the first half of the channels is the mean, the second the logarithm of
 * the variance, cut to where its exponential is a number.
 *
 * **Shapes** moments [..., 2 C] -> mean and logVariance [..., C].
 * **Memory** the caller owns both tensors.
 *
 * @throws DiptychError if the channels are odd in number or the bounds of the clamp are out of order
 * @see Kingma, Welling 2014, arXiv:1312.6114, section 3; Rombach et al. 2022, arXiv:2112.10752, appendix G
 * @example
 * const posterior = diagonalGaussian(encoder.forward(images)); // [8, 32, 32, 8]: two times 4 channels
 * const latent = sampleGaussian(posterior, key(0)); // [8, 32, 32, 4]
 */
export function diagonalGaussian(
  moments: tf.Tensor,
  { clamp = [-30, 20] }: DiagonalGaussianOptions = {},
): DiagonalGaussian {
  const channels = moments.shape.at(-1) ?? 0;
  const halves = channels > 0 && channels % 2 === 0;
  check(halves, 'diagonalGaussian', 'moments', 'of shape [..., 2 C]: means, then log-variances', moments);
  const [least, largest] = clamp;
  check(least < largest, 'diagonalGaussian', 'clamp', 'two numbers in rising order', clamp);
  return tf.tidy(() => {
    const [mean, logVariance] = tf.split(moments, 2, -1); // [..., C]
    return { mean, logVariance: tf.clipByValue(logVariance, least, largest) };
  });
}
