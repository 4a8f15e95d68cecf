import type { NamedVariables } from '@diptych/core';
import { lerp } from '@diptych/core/editing';
import { check, checkCount, checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface BatchNormOptions {
  /** Learned scale and shift. Default true. */
  affine?: boolean;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
  /** Share of a batch in the running statistics. Default 0.1. */
  momentum?: number;
}

/**
 * Batch normalization of [B, D] features with PyTorch's conventions: the biased batch variance normalizes, the running
 * variance takes the unbiased one.
 *
 *     training: y = gamma (x - mean_B) / sqrt(var_B + epsilon) + beta
 *               running += momentum (batch - running)
 *     else:     y = gamma (x - running mean) / sqrt(running var + epsilon) + beta
 *
 * **Shapes** x [B, D], result the same. **Memory** The result is the caller's; holds two (four with `affine`) variables until `dispose()`.
 *
 * @throws DiptychError if the width is not a positive integer, an input has another width, or a training batch has one row
 * @see Ioffe and Szegedy 2015, Algorithm 1, arXiv:1502.03167; torch.nn.BatchNorm1d
 * @example
 * const norm = new BatchNorm(64);
 * const y = norm.apply(x, { training: true });
 */
export class BatchNorm {
  readonly width: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly #trained: NamedVariables;
  readonly #running: { mean: tf.Variable; variance: tf.Variable };

  constructor(width: number, options: BatchNormOptions = {}) {
    const {
      affine = true,
      epsilon = 1e-5,
      momentum = 0.1,
    } = checkOptions('BatchNorm', options, { affine: rules.flag, epsilon: rules.nonNegative, momentum: rules.share });
    checkCount('BatchNorm', { width });
    this.width = width;
    this.epsilon = epsilon;
    this.momentum = momentum;
    const filled = (value: number, trainable: boolean) =>
      tf.tidy(() => tf.variable(tf.fill([width], value), trainable));
    this.#trained = affine ? { gamma: filled(1, true), beta: filled(0, true) } : {};
    this.#running = { mean: filled(0, false), variance: filled(1, false) };
  }

  apply(x: tf.Tensor2D, { training }: { training: boolean }): tf.Tensor2D {
    checkShape('BatchNorm.apply', { x }, ['B', this.width]);
    check(!training || x.shape[0] > 1, 'BatchNorm.apply', 'x', 'a batch of at least 2 samples in training', x);
    return tf.tidy(() => {
      const { mean, variance } = training ? tf.moments(x, 0) : this.#running; // [D]
      if (training) this.#move(mean as tf.Tensor1D, variance as tf.Tensor1D, x.shape[0]);
      const normalized = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, this.epsilon)));
      const { gamma, beta } = this.#trained;
      return (gamma && beta ? tf.add(tf.mul(normalized, gamma), beta) : normalized) as tf.Tensor2D;
    });
  }

  variables(): NamedVariables {
    return { ...this.#trained, ...this.#running };
  }

  trainableVariables(): NamedVariables {
    return this.#trained;
  }

  dispose(): void {
    for (const variable of Object.values(this.variables())) variable.dispose();
  }

  #move(mean: tf.Tensor1D, variance: tf.Tensor1D, batch: number): void {
    withoutGradient(() => {
      const unbiased = tf.mul(variance, batch / (batch - 1));
      for (const [running, now] of [
        [this.#running.mean, mean],
        [this.#running.variance, unbiased],
      ] as const) {
        running.assign(lerp<tf.Tensor>(running, now, this.momentum));
      }
    });
  }
}
