import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { AdamWOptions } from './adam-w.ts';
import { elementwiseOptimizer } from './elementwise-optimizer.ts';
import { checkMoments, describeDecay, towards } from './moments.ts';
import type { Optimizer } from './optimizer.ts';

export interface RAdamOptions extends AdamWOptions {
  /** Weight decay as in AdamW instead of in the gradient. Default false. */
  decoupled?: boolean;
}

/**
 * Rectified Adam: momentum alone until the second moment can be trusted, then Adam scaled by the rectification r.
 *
 *     rho_inf = 2 / (1 - b2) - 1,  rho_t = rho_inf - 2 t b2^t / (1 - b2^t)
 *     rho_t <= 5:  x <- x - rate m / (1 - b1^t)
 *     else:        x <- x - rate r m / (1 - b1^t) sqrt(1 - b2^t) / (sqrt(v) + eps)
 *     r = sqrt((rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t))
 *
 * Epsilon is added before the bias correction of v, as PyTorch does. Weight decay is 0 by default.
 *
 * **Memory** two numbers of state for each parameter.
 *
 * @throws DiptychError on a beta outside [0, 1), a negative epsilon or weight decay.
 * @see Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, arXiv 1908.03265, algorithm 2.
 * @example
 * const optimizer = radam({ learningRate: 1e-3 }); // wants no warm-up
 */
export function radam(options: RAdamOptions = {}): Optimizer {
  const {
    learningRate = 1e-3,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = 0,
    decoupled = false,
  } = options;
  checkMoments('radam', { beta1, beta2, epsilon });
  check(typeof weightDecay === 'function' || weightDecay >= 0, 'radam', 'options.weightDecay', '>= 0', weightDecay);
  const rhoInf = 2 / (1 - beta2) - 1;
  return elementwiseOptimizer({
    name: 'radam',
    learningRate,
    settings: { beta1, beta2, epsilon, decoupled, weightDecay: describeDecay(weightDecay) },
    slots: ['firstMoment', 'secondMoment'],
    weightDecay,
    step({ parameters, gradient, slots, rate, decay, count }) {
      const penalised = decay !== 0 && !decoupled;
      const g = penalised ? tf.add<tf.Tensor1D>(gradient, tf.mul(parameters, decay)) : gradient;
      const x = decay !== 0 && decoupled ? tf.mul<tf.Tensor1D>(parameters, 1 - rate * decay) : parameters;
      const firstMoment = towards(slots.firstMoment, g, beta1);
      const secondMoment = towards(slots.secondMoment, tf.square(g), beta2);
      const correction2 = 1 - beta2 ** count;
      const rho = rhoInf - (2 * count * beta2 ** count) / correction2;
      const momentumRate = rate / (1 - beta1 ** count);
      if (rho <= 5)
        return { parameters: tf.sub(x, tf.mul(firstMoment, momentumRate)), slots: { firstMoment, secondMoment } };
      const r = Math.sqrt(((rho - 4) * (rho - 2) * rhoInf) / ((rhoInf - 4) * (rhoInf - 2) * rho));
      const adaptive = tf.div(firstMoment, tf.add(tf.sqrt(secondMoment), epsilon));
      const step = tf.mul(adaptive, momentumRate * r * Math.sqrt(correction2));
      return { parameters: tf.sub(x, step), slots: { firstMoment, secondMoment } };
    },
  });
}
