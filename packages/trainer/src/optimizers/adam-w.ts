import { check } from '@diptych/formats/errors';
import type { Rate } from '../schedules/rate.ts';
import { adamWStep } from './adam-w-step.ts';
import { elementwiseOptimizer } from './elementwise-optimizer.ts';
import type { WeightDecay } from './elementwise-optimizer.ts';
import { checkMoments, describeDecay } from './moments.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamWOptions {
  /** Used where `train` is given no learning rate of its own. Default 1e-3. */
  learningRate?: Rate;
  /** Decay of the average gradient. Default 0.9. */
  beta1?: number;
  /** Decay of the average squared gradient. Default 0.999. */
  beta2?: number;
  /** Added to the root of the bias-corrected second moment. Default 1e-8. */
  epsilon?: number;
  /** Decoupled: x shrinks by rate times this. Default 0.01. A function of the name exempts biases and norms: `decayMatrices`. */
  weightDecay?: WeightDecay;
}

/**
 * Adam with decoupled weight decay.
 *
 *     x <- (1 - rate wd) x
 *     m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
 *     x <- x - rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * Weight decay 0 is plain Adam. The rate of one step may be 0; the moments move all the same.
 *
 * **Memory** two numbers of state for each parameter.
 *
 * @throws DiptychError on a beta outside [0, 1), a negative epsilon or weight decay.
 * @see Loshchilov and Hutter, Decoupled Weight Decay Regularization, arXiv 1711.05101, algorithm 2.
 * @example
 * const state = adamW({ weightDecay: 0.05 }).init(network.trainableVariables());
 * state.update(gradients, 2e-4);
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  checkMoments('adamW', { beta1, beta2, epsilon });
  check(typeof weightDecay === 'function' || weightDecay >= 0, 'adamW', 'options.weightDecay', '>= 0', weightDecay);
  return elementwiseOptimizer({
    name: 'adamW',
    learningRate,
    settings: { beta1, beta2, epsilon, weightDecay: describeDecay(weightDecay) },
    slots: ['firstMoment', 'secondMoment'],
    weightDecay,
    takesFactor: true,
    step: (before) => adamWStep(before, { beta1, beta2, epsilon }),
  });
}
