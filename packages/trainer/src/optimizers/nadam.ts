import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { AdamWOptions } from './adam-w.ts';
import { elementwiseOptimizer } from './elementwise-optimizer.ts';
import { checkMoments, describeDecay, towards } from './moments.ts';
import type { Optimizer } from './optimizer.ts';

export interface NAdamOptions extends AdamWOptions {
  /** How fast the momentum warms up. Default 4e-3. */
  momentumDecay?: number;
  /** Weight decay as in AdamW instead of in the gradient. Default false. */
  decoupled?: boolean;
}

/**
 * Adam with Nesterov momentum that warms up.
 *
 *     mu_t = b1 (1 - 0.5 0.96^(t psi)),  M_t = mu_1 ... mu_t
 *     x <- x - rate ((1 - mu_t) g / (1 - M_t) + mu_{t+1} m / (1 - M_{t+1})) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * Weight decay is 0 by default.
 *
 * **Memory** two numbers of state for each parameter.
 *
 * @throws DiptychError on a beta outside [0, 1), a negative epsilon, momentum decay or weight decay.
 * @see Dozat, Incorporating Nesterov Momentum into Adam, ICLR workshop 2016, algorithm 2.
 * @example
 * const optimizer = nadam({ learningRate: 2e-3 });
 */
export function nadam(options: NAdamOptions = {}): Optimizer {
  const { learningRate = 2e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const { weightDecay = 0, momentumDecay = 4e-3, decoupled = false } = options;
  checkMoments('nadam', { beta1, beta2, epsilon });
  check(momentumDecay >= 0, 'nadam', 'options.momentumDecay', '>= 0', momentumDecay);
  check(typeof weightDecay === 'function' || weightDecay >= 0, 'nadam', 'options.weightDecay', '>= 0', weightDecay);
  const mu = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
  const product = runningProduct(mu);
  return elementwiseOptimizer({
    name: 'nadam',
    learningRate,
    settings: { beta1, beta2, epsilon, momentumDecay, decoupled, weightDecay: describeDecay(weightDecay) },
    slots: ['firstMoment', 'secondMoment'],
    weightDecay,
    step({ parameters, gradient, slots, rate, decay, count }) {
      const penalised = decay !== 0 && !decoupled;
      const g = penalised ? tf.add<tf.Tensor1D>(gradient, tf.mul(parameters, decay)) : gradient;
      const x = decay !== 0 && decoupled ? tf.mul<tf.Tensor1D>(parameters, 1 - rate * decay) : parameters;
      const firstMoment = towards(slots.firstMoment, g, beta1);
      const secondMoment = towards(slots.secondMoment, tf.square(g), beta2);
      const root2 = Math.sqrt(1 - beta2 ** count);
      const denominator = tf.add(tf.sqrt(secondMoment), epsilon * root2);
      const now = (rate * root2 * (1 - mu(count))) / (1 - product(count));
      const ahead = (rate * root2 * mu(count + 1)) / (1 - product(count) * mu(count + 1));
      const step = tf.div(tf.add(tf.mul(g, now), tf.mul(firstMoment, ahead)), denominator);
      return { parameters: tf.sub(x, step), slots: { firstMoment, secondMoment } };
    },
  });
}

/** t -> f(1) ... f(t), remembering the last product, as t mostly grows by one. */
function runningProduct(f: (t: number) => number): (t: number) => number {
  let [known, value] = [0, 1];
  return (t) => {
    if (t < known) [known, value] = [0, 1];
    while (known < t) value *= f(++known);
    return value;
  };
}
