import { foldIn, type Key, type NamedVariables, normalArray, type Diffusion, uniformArray } from '@diptych/core';
import { checkOptions, checkRule, checkShape, rules } from '@diptych/formats/errors';
import { linear } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { setupValue } from '../objective/setup-value.ts';

/** An estimate u(sigma) of the logarithm of the loss at each noise level, trained along with the network. */
export interface LossUncertainty {
  setup(key: Key): void;
  /** u of each sample, [B]. */
  logVariance(diffusion: Diffusion, sigma: readonly number[]): tf.Tensor1D;
  /** What the optimizer changes. */
  trainableVariables(): NamedVariables;
  /** What a checkpoint must hold. */
  variables(): NamedVariables;
  dispose(): void;
}

export interface LearnedUncertaintyOptions {
  /** Random Fourier features of c_noise. Default 128. */
  channels?: number;
}

/**
 * EDM2's learned uncertainty: divides the loss at each noise level by its learned size, so that all levels count alike
 * however the network fares there.
 *
 *     u(sigma) = w . sqrt(2) cos(2 pi f c_noise(sigma) + 2 pi phi),  f ~ N(0, 1), phi ~ U(0, 1) fixed, w starts at 0
 *
 * **Shapes** B noise levels to [B]. **Memory** The result is the caller's; holds `weight`, `frequency` and `phase` from `setup` to
 * `dispose()`.
 *
 * @throws DiptychError if the number of channels is not a positive integer, or `setup` was not called
 * @see Karras et al. 2024, EDM2, appendix B.2 (after Kendall et al. 2018), eq. 14 and 15, arXiv:2312.02696
 * @example
 * const objective = denoisingLoss(diffusion, { uncertainty: learnedUncertainty() });
 */
export function learnedUncertainty(options: LearnedUncertaintyOptions = {}): LossUncertainty {
  const where = 'learnedUncertainty';
  const { channels = 128 } = checkOptions(where, options, { channels: rules.count });
  const held = setupValue<{ weight: tf.Variable<tf.Rank.R2>; frequency: tf.Variable; phase: tf.Variable }>(where);
  return {
    setup(key) {
      const made = () => ({
        weight: tf.variable(tf.zeros<tf.Rank.R2>([channels, 1])),
        frequency: tf.variable(tf.tensor1d(normalArray(foldIn(key, 0), channels)), false),
        phase: tf.variable(tf.tensor1d(Float32Array.from(uniformArray(foldIn(key, 1), channels))), false),
      });
      held.make(() => tf.tidy(made));
    },
    logVariance(diffusion, sigma) {
      const { weight, frequency, phase } = held.get();
      return tf.tidy(() => {
        const levels = Float32Array.from(sigma, (level) => diffusion.precondition(level).cNoise);
        const turns = tf.add(tf.mul(tf.tensor2d(levels, [sigma.length, 1]), frequency), phase); // [B, channels]
        const features = tf.mul(tf.cos(tf.mul(turns, 2 * Math.PI)), Math.SQRT2) as tf.Tensor2D;
        return tf.reshape(linear(features, weight), [sigma.length]) as tf.Tensor1D;
      });
    },
    trainableVariables: () => ({ weight: held.get().weight }),
    variables: () => ({ ...held.get() }),
    dispose: () => tf.dispose(held.take()),
  };
}

/**
 * Losses divided by their learned size, with the logarithm of the size as its price: at the best u the result is
 * 1 + ln(loss).
 *
 *     loss / exp(u) + u
 *
 * **Shapes** both [B] (or any, alike). **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ
 * @see Karras et al. 2024, EDM2, eq. 15, arXiv:2312.02696; Kendall, Gal and Cipolla 2018, arXiv:1705.07115
 * @example
 * const weighted = uncertaintyWeighted(perSample, uncertainty.logVariance(diffusion, sigma));
 */
export function uncertaintyWeighted<T extends tf.Tensor>(loss: T, logVariance: T): T {
  checkRule('uncertaintyWeighted', 'loss', rules.tensor, loss);
  checkShape('uncertaintyWeighted', { logVariance }, loss.shape);
  return tf.tidy(() => tf.add(tf.mul(loss, tf.exp(tf.neg(logVariance))), logVariance) as T);
}
