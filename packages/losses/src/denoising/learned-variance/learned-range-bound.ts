import type { DiscreteSchedule } from '@diptych/core';
import { posterior } from '@diptych/core/schedules';
import { check, checkLength, checkOptions, checkShape, rules, type OptionRules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { objectiveRules } from '../../objective/objective-rules.ts';
import { pixelLogLikelihood } from './pixel-log-likelihood.ts';

/** e^x - 1 - x, where x is small by its series: as a difference it would lose its digits. */
function expm1Excess(x: tf.Tensor): tf.Tensor {
  const small = withoutGradient(() => tf.less(tf.abs(x), 0.5));
  const [near, far] = [tf.where(small, x, tf.zerosLike(x)), tf.where(small, tf.onesLike(x), x)];
  // x^2/2 (1 + x/3 (1 + x/4 (1 + ...))), to x^11/11!.
  let sum: tf.Tensor = tf.onesLike(x);
  for (let n = 11; n >= 3; n--) sum = tf.add(1, tf.mul(tf.div(near, n), sum));
  return tf.where(small, tf.mul(tf.div(tf.square(near), 2), sum), tf.sub(tf.expm1(far), far));
}

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

export const learnedRangeBoundRules: OptionRules<LearnedRangeBoundOptions> = {
  schedule: objectiveRules.schedule,
  timestep: rules.required(rules.list(rules.index)),
  images: rules.required(rules.tensor),
  noisy: rules.required(rules.tensor),
};

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
 * @throws DiptychError if the shapes differ, or a timestep is outside the chain or keeps no signal (noise then says nothing of x0)
 * @see Nichol and Dhariwal 2021, eq. 4 to 7 and 15, arXiv:2102.09672
 * @example
 * const bits = learnedRangeBound(epsilon, variance, { schedule: discreteSchedule(linearBetas()), timestep, images, noisy });
 */
export function learnedRangeBound(
  epsilon: tf.Tensor4D,
  variance: tf.Tensor4D,
  options: LearnedRangeBoundOptions,
): tf.Tensor1D {
  const where = 'learnedRangeBound';
  const { schedule, timestep, images, noisy } = checkOptions(where, options, learnedRangeBoundRules);
  checkShape(where, { epsilon }, ['B', 'H', 'W', 'C']);
  checkShape(where, { variance, images, noisy }, epsilon.shape);
  const b = epsilon.shape[0];
  checkLength(where, { timestep }, b, 'one per image');
  const q = timestep.map((t) => posterior(schedule, t));
  const signal = timestep.every((t) => schedule.alphasCumprod[t] > 0);
  check(signal, where, 'timestep', 'steps that keep some signal: without it noise says nothing of x0', timestep);
  const each = (of: (t: number, i: number) => number) => tf.tensor4d(Float32Array.from(timestep, of), [b, 1, 1, 1]);
  return tf.tidy(() => {
    const alphaBar = (t: number) => schedule.alphasCumprod[t];
    const denoised = tf.sub(
      tf.mul(
        noisy,
        each((t) => 1 / Math.sqrt(alphaBar(t))),
      ),
      tf.mul(
        epsilon,
        each((t) => schedule.sigmas[t]),
      ),
    );
    const smallest = each((_, i) => q[i].logVariance);
    const share = tf.div(tf.add(variance, 1), 2);
    const range = each((t, i) => Math.log(schedule.betas[t]) - q[i].logVariance);
    const excess = tf.mul(share, range); // of the log variance over the true one; as a difference of sums it would drown
    const logVariance = tf.add(smallest, excess); // [B, H, W, C]

    // Both means share the part of the state, so they differ by that of x0 alone.
    const onX0 = each((_, i) => q[i].onX0);
    const meanError = tf.mul(onX0, tf.sub(images, denoised));
    const ratio = tf.neg(excess);
    const scaled = tf.mul(tf.square(meanError), tf.exp(tf.neg(logVariance)));
    const kl = tf.div(tf.add(expm1Excess(ratio), scaled), 2);

    const isFirst = each((t) => (t === 0 ? 1 : 0));
    const mean = tf.add(
      tf.mul(onX0, denoised),
      tf.mul(
        noisy,
        each((_, i) => q[i].onState),
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
