import { foldIn, normals, uniforms } from '@diptych/core';
import type { Key, NamedVariables, Process } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { linear } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** An estimate u(sigma) of the logarithm of the loss at each noise level, trained along with the network. */
export interface LossUncertainty {
  setup(key: Key): void;
  /** u of each sample, [B]. */
  logVariance(process: Process, sigma: readonly number[]): tf.Tensor1D;
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
 * **Memory** Holds `weight`, `frequency` and `phase` from `setup` to `dispose()`.
 *
 * @throws DiptychError on a number of channels that is no positive integer, or use before `setup`.
 * @see Karras et al., EDM2, arXiv 2312.02696, appendix B.2 (after Kendall et al. 2018), eq. 14 and 15.
 * @example
 * const objective = denoisingLoss(process, { uncertainty: learnedUncertainty() });
 */
export function learnedUncertainty(options: LearnedUncertaintyOptions = {}): LossUncertainty {
  const { channels = 128 } = options;
  const where = 'learnedUncertainty';
  check(Number.isInteger(channels) && channels > 0, where, 'options.channels', 'a positive integer', channels);
  let held: { weight: tf.Variable<tf.Rank.R2>; frequency: tf.Variable; phase: tf.Variable } | undefined;
  const built = () => {
    check(held, where, 'uncertainty', 'set up before it is used (call setup)', held);
    return held;
  };
  return {
    setup(key) {
      check(!held, where, 'uncertainty', 'set up once', 'a second setup');
      held = tf.tidy(() => ({
        weight: tf.variable(tf.zeros<tf.Rank.R2>([channels, 1])),
        frequency: tf.variable(tf.tensor1d(normals(foldIn(key, 0), channels)), false),
        phase: tf.variable(tf.tensor1d(Float32Array.from(uniforms(foldIn(key, 1), channels))), false),
      }));
    },
    logVariance(process, sigma) {
      const { weight, frequency, phase } = built();
      return tf.tidy(() => {
        const levels = Float32Array.from(sigma, (level) => process.precondition(level).cNoise);
        const turns = tf.add(tf.mul(tf.tensor2d(levels, [sigma.length, 1]), frequency), phase); // [B, channels]
        const features = tf.mul(tf.cos(tf.mul(turns, 2 * Math.PI)), Math.SQRT2) as tf.Tensor2D;
        return tf.reshape(linear(features, weight), [sigma.length]) as tf.Tensor1D;
      });
    },
    trainableVariables: () => ({ weight: built().weight }),
    variables: () => ({ ...built() }),
    dispose() {
      tf.dispose(held);
      held = undefined;
    },
  };
}
