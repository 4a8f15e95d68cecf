import { posterior, type DiscreteSchedule } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { pixelLogLikelihood } from './pixel-log-likelihood.ts';

export interface LearnedRangeBoundOptions {
  /** The chain, of variance-preserving steps. */
  schedule: DiscreteSchedule;
  /** Step of each sample, 0 = the first noising step. */
  timestep: readonly number[];
  /** Clean images x0, [B, H, W, C]. */
  images: tf.Tensor4D;
  /** Noisy images x_t = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) n, [B, H, W, C]. */
  noisy: tf.Tensor4D;
}

/**
 * One term of the variational bound for a network that predicts the noise and where the reverse step's variance lies
 * between its smallest and its largest value.
 *
 *     ln var = v' ln beta_t + (1 - v') ln beta~_t,  v' = (v + 1) / 2
 *     t > 0: KL(q(x_{t-1} | x_t, x0) || p(x_{t-1} | x_t)),   t = 0: -ln p(x0 | x_1) of 8-bit pixels
 *
 * **Shapes** epsilon and variance (the raw v) [B, H, W, C], result [B]. **Units** bits per dimension. **Memory** The result
 * is the caller's.
 *
 * @throws DiptychError on shapes that differ or timesteps outside the chain.
 * @see Nichol and Dhariwal, arXiv 2102.09672, eq. 4 to 7 and 15.
 * @example
 * const bits = learnedRangeBound(epsilon, variance, { schedule: discreteSchedule(linearBetas()), timestep, images, noisy });
 */
export function learnedRangeBound(
  epsilon: tf.Tensor4D,
  variance: tf.Tensor4D,
  options: LearnedRangeBoundOptions,
): tf.Tensor1D {
  const { schedule, timestep, images, noisy } = options;
  const where = 'learnedRangeBound';
  for (const [name, of] of Object.entries({ variance, 'options.images': images, 'options.noisy': noisy })) {
    check(tf.util.arraysEqual(of.shape, epsilon.shape), where, name, `of the shape of epsilon, [${epsilon.shape}]`, of);
  }
  const b = epsilon.shape[0];
  check(timestep.length === b, where, 'options.timestep', `${b} steps of the chain`, timestep);
  const q = timestep.map((t) => posterior(schedule, t));
  const each = (of: (t: number, i: number) => number) => tf.tensor4d(Float32Array.from(timestep, of), [b, 1, 1, 1]);
  return tf.tidy(() => {
    const alphaBar = (t: number) => schedule.alphasCumprod[t] as number;
    const denoised = tf.sub(
      tf.mul(
        noisy,
        each((t) => 1 / Math.sqrt(alphaBar(t))),
      ),
      tf.mul(
        epsilon,
        each((t) => schedule.sigmas[t] as number),
      ),
    );
    const smallest = each((_, i) => q[i]!.logVariance);
    const share = tf.div(tf.add(variance, 1), 2);
    const range = each((t, i) => Math.log(schedule.betas[t] as number) - q[i]!.logVariance);
    const excess = tf.mul(share, range); // of the log variance over the true one; as a difference of sums it would drown
    const logVariance = tf.add(smallest, excess); // [B, H, W, C]

    // Both means share the part of the state, so they differ by that of x0 alone.
    const onX0 = each((_, i) => q[i]!.onX0);
    const meanError = tf.mul(onX0, tf.sub(images, denoised));
    const ratio = tf.neg(excess);
    const scaled = tf.mul(tf.square(meanError), tf.exp(tf.neg(logVariance)));
    const kl = tf.div(tf.add(tf.sub(tf.expm1(ratio), ratio), scaled), 2);

    const isFirst = each((t) => (t === 0 ? 1 : 0));
    const mean = tf.add(
      tf.mul(onX0, denoised),
      tf.mul(
        noisy,
        each((_, i) => q[i]!.onState),
      ),
    );
    // Samples of other steps stay out of the likelihood with harmless numbers, so that no gradient is NaN.
    const pixels = pixelLogLikelihood(
      tf.mul(images, isFirst) as tf.Tensor4D,
      tf.mul(mean, isFirst) as tf.Tensor4D,
      tf.mul(tf.div(logVariance, 2), isFirst) as tf.Tensor4D,
    );
    const terms = tf.sub(tf.mul(kl, tf.sub(1, isFirst)), tf.mul(pixels, isFirst));
    return tf.div(tf.mean(terms, [1, 2, 3]), Math.LN2) as tf.Tensor1D;
  });
}
