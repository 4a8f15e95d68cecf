import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Rate } from '../schedules/rate.ts';
import { elementwiseOptimizer } from './elementwise-optimizer.ts';
import type { WeightDecay } from './elementwise-optimizer.ts';
import { describeDecay } from './moments.ts';
import type { Optimizer } from './optimizer.ts';

export interface SgdOptions {
  /** Used where `train` is given no learning rate of its own. Default 1e-2. */
  learningRate?: Rate;
  /** Share of the buffer kept at each step. Default 0: no buffer. */
  momentum?: number;
  /** Share of the gradient kept out of the buffer, from the second step on. Default 0. */
  dampening?: number;
  /** Looks one step ahead. Default false. */
  nesterov?: boolean;
  /** Added to the gradient, times x. Default 0. */
  weightDecay?: WeightDecay;
}

/**
 * Stochastic gradient descent with momentum.
 *
 *     g <- g + wd x
 *     b <- momentum b + (1 - dampening) g     (the first step: b = g)
 *     x <- x - rate b                         (nesterov: x - rate (g + momentum b))
 *
 * **Memory** one number of state for each parameter with momentum, none without.
 *
 * @throws DiptychError on a momentum outside [0, 1), a negative weight decay, or Nesterov without momentum or with dampening.
 * @see Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013, for Nesterov's form.
 * @example
 * const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true });
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { learningRate = 1e-2, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
  check(momentum >= 0 && momentum < 1, 'sgd', 'options.momentum', 'in [0, 1)', momentum);
  check(dampening >= 0 && dampening <= 1, 'sgd', 'options.dampening', 'in [0, 1]', dampening);
  const lookahead = !nesterov || (momentum > 0 && dampening === 0);
  check(lookahead, 'sgd', 'options.nesterov', 'used with momentum and without dampening', { momentum, dampening });
  check(typeof weightDecay === 'function' || weightDecay >= 0, 'sgd', 'options.weightDecay', '>= 0', weightDecay);
  return elementwiseOptimizer<'momentum'>({
    name: 'sgd',
    learningRate,
    settings: { momentum, dampening, nesterov, weightDecay: describeDecay(weightDecay) },
    slots: momentum > 0 ? ['momentum'] : [],
    weightDecay,
    step({ parameters, gradient, slots, rate, decay, count }) {
      const g = decay === 0 ? gradient : tf.add<tf.Tensor1D>(gradient, tf.mul(parameters, decay));
      if (momentum === 0) return { parameters: tf.sub(parameters, tf.mul(g, rate)), slots };
      const buffer =
        count === 1 ? tf.clone(g) : tf.add<tf.Tensor1D>(tf.mul(slots.momentum, momentum), tf.mul(g, 1 - dampening));
      const direction = nesterov ? tf.add(g, tf.mul(buffer, momentum)) : buffer;
      return { parameters: tf.sub(parameters, tf.mul(direction, rate)), slots: { momentum: buffer } };
    },
  });
}
