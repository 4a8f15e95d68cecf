import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { AdamWOptions } from './adam-w.ts';
import { elementwiseOptimizer } from './elementwise-optimizer.ts';
import { checkMoments, describeDecay, towards } from './moments.ts';
import type { Optimizer } from './optimizer.ts';

/** As for AdamW, but the weight decay is 0 by default and is added to the gradient. */
export type AdamOptions = AdamWOptions;

/**
 * Adam, with the penalty of an L2 loss as weight decay.
 *
 *     g <- g + wd x
 *     m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
 *     x <- x - rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * **Memory** two numbers of state for each parameter.
 *
 * @throws DiptychError on a beta outside [0, 1), a negative epsilon or weight decay.
 * @see Kingma and Ba, Adam, arXiv 1412.6980, algorithm 1. With weight decay `adamW` is usually the better choice.
 * @example
 * const optimizer = adam({ learningRate: 2e-4 });
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  checkMoments('adam', { beta1, beta2, epsilon });
  check(typeof weightDecay === 'function' || weightDecay >= 0, 'adam', 'options.weightDecay', '>= 0', weightDecay);
  return elementwiseOptimizer({
    name: 'adam',
    learningRate,
    settings: { beta1, beta2, epsilon, weightDecay: describeDecay(weightDecay) },
    slots: ['firstMoment', 'secondMoment'],
    weightDecay,
    step({ parameters, gradient, slots, rate, decay, count }) {
      const g = decay === 0 ? gradient : tf.add<tf.Tensor1D>(gradient, tf.mul(parameters, decay));
      const firstMoment = towards(slots.firstMoment, g, beta1);
      const secondMoment = towards(slots.secondMoment, tf.square(g), beta2);
      const root2 = Math.sqrt(1 - beta2 ** count);
      const denominator = tf.add(tf.sqrt(secondMoment), epsilon * root2);
      const step = tf.mul(tf.div(firstMoment, denominator), (rate * root2) / (1 - beta1 ** count));
      return { parameters: tf.sub(parameters, step), slots: { firstMoment, secondMoment } };
    },
  });
}
