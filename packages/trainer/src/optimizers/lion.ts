import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Rate } from '../schedules/rate.ts';
import { elementwiseOptimizer } from './elementwise-optimizer.ts';
import type { WeightDecay } from './elementwise-optimizer.ts';
import { checkMoments, describeDecay, towards } from './moments.ts';
import type { Optimizer } from './optimizer.ts';

export interface LionOptions {
  /** Used where `train` is given no learning rate of its own; 3 to 10 times smaller than AdamW's. Default 1e-4. */
  learningRate?: Rate;
  /** Share of the buffer in the direction. Default 0.9. */
  beta1?: number;
  /** Share of the buffer that is kept. Default 0.99. */
  beta2?: number;
  /** Decoupled; 3 to 10 times larger than AdamW's. Default 0. */
  weightDecay?: WeightDecay;
}

/**
 * Evolved sign momentum: every parameter moves by the learning rate, up or down.
 *
 *     x <- (1 - rate wd) x - rate sign(b1 m + (1 - b1) g)
 *     m <- b2 m + (1 - b2) g
 *
 * **Memory** one number of state for each parameter.
 *
 * @throws DiptychError on a beta outside [0, 1), or a negative weight decay.
 * @see Chen et al., Symbolic Discovery of Optimization Algorithms, arXiv 2302.06675, program 1.
 * @example
 * const optimizer = lion({ learningRate: 1e-4, weightDecay: 0.1 });
 */
export function lion(options: LionOptions = {}): Optimizer {
  const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
  checkMoments('lion', { beta1, beta2, epsilon: 0 });
  check(typeof weightDecay === 'function' || weightDecay >= 0, 'lion', 'options.weightDecay', '>= 0', weightDecay);
  return elementwiseOptimizer({
    name: 'lion',
    learningRate,
    settings: { beta1, beta2, weightDecay: describeDecay(weightDecay) },
    slots: ['momentum'],
    weightDecay,
    step({ parameters, gradient, slots, rate, decay }) {
      const kept = decay === 0 ? parameters : tf.mul(parameters, 1 - rate * decay);
      const step = tf.mul(tf.sign(towards(slots.momentum, gradient, beta1)), rate);
      return { parameters: tf.sub(kept, step), slots: { momentum: towards(slots.momentum, gradient, beta2) } };
    },
  });
}
