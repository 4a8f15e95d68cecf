import * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { normalTensor, type Key } from '@diptych/core';

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

/**
 * A sample, mean + exp(logVariance / 2) n with n standard normal numbers: those of a key, or given. Gradients reach mean and
 * log-variance through it. The mode of the distribution is its mean.
 *
 * **Shapes** the one of the mean.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if the noise or the log-variance has another shape than the mean
 * @see Kingma, Welling 2014, arXiv:1312.6114, eq. 10
 * @example
 * sampleGaussian(diagonalGaussian(moments), key(0));
 */
export function sampleGaussian(gaussian: DiagonalGaussian, noise: Key | tf.Tensor): tf.Tensor {
  checkGaussian('sampleGaussian', gaussian);
  const { mean, logVariance } = gaussian;
  return tf.tidy(() => {
    const n = noise instanceof tf.Tensor ? noise : normalTensor(noise, mean.shape);
    checkShape('sampleGaussian', 'noise', n, mean);
    return tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), n));
  });
}

/**
 * The Kullback-Leibler divergence of a distribution from another one, or from the standard normal one, summed over each sample:
 * with m, v and M, V the means and variances KL = 1/2 sum ((m - M)^2 + v) / V - 1 + log V - log v.
 *
 * **Shapes** mean [B, ...] -> [B].
 * **Units** nats.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if the shapes differ
 * @see Kingma, Welling 2014, arXiv:1312.6114, appendix B
 * @example
 * const loss = tf.add(reconstruction, tf.mul(tf.mean(gaussianKl(posterior)), 1e-6));
 */
export function gaussianKl(gaussian: DiagonalGaussian, other?: DiagonalGaussian): tf.Tensor1D {
  checkGaussian('gaussianKl', gaussian);
  const { mean, logVariance } = gaussian;
  if (other) checkGaussian('gaussianKl', other);
  if (other) checkShape('gaussianKl', 'other', other.mean, mean);
  return tf.tidy(() => {
    const shift = tf.square(other ? tf.sub(mean, other.mean) : mean);
    const logRatio = other ? tf.sub(logVariance, other.logVariance) : logVariance; // log v / V
    const distance = other ? tf.mul(shift, tf.exp(tf.neg(other.logVariance))) : shift;
    const terms = tf.sub(tf.add(distance, tf.exp(logRatio)), tf.add(logRatio, 1));
    return tf.mul(sumSamples(terms), 0.5) as tf.Tensor1D;
  });
}

/**
 * The negative log-likelihood of x, summed over each sample: 1/2 sum log(2 pi) + logVariance + (x - mean)^2 / variance.
 *
 * **Shapes** x [B, ...] as the mean -> [B].
 * **Units** nats.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if the shapes differ
 * @example
 * gaussianNll(diagonalGaussian(moments), latent);
 */
export function gaussianNll(gaussian: DiagonalGaussian, x: tf.Tensor): tf.Tensor1D {
  checkGaussian('gaussianNll', gaussian);
  const { mean, logVariance } = gaussian;
  checkShape('gaussianNll', 'x', x, mean);
  return tf.tidy(() => {
    const distance = tf.mul(tf.square(tf.sub(x, mean)), tf.exp(tf.neg(logVariance)));
    const terms = tf.add(tf.add(distance, logVariance), Math.log(2 * Math.PI));
    return tf.mul(sumSamples(terms), 0.5) as tf.Tensor1D;
  });
}

/** Refuses a distribution whose mean and log-variance differ in shape, or that lacks an axis of samples. */
export function checkGaussian(where: string, { mean, logVariance }: DiagonalGaussian): void {
  check(mean.rank >= 2, where, 'mean', 'of shape [B, ...]', mean);
  checkShape(where, 'logVariance', logVariance, mean);
}

/** Refuses a tensor of another shape than the mean. */
export function checkShape(where: string, parameter: string, x: { shape: number[] }, mean: { shape: number[] }): void {
  const same = x.shape.length === mean.shape.length && x.shape.every((n, i) => n === mean.shape[i]);
  check(same, where, parameter, `of shape [${mean.shape}]`, x);
}

/** The sum over all axes but the first. */
export const sumSamples = (x: tf.Tensor): tf.Tensor1D => tf.sum(tf.reshape(x, [x.shape[0], -1]), 1);
