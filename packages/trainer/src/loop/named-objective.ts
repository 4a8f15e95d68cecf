import type { Objective, Terms } from '@diptych/losses';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainOptions } from './train-options.ts';

/** An objective as it is, or made of a plain function. */
export function namedObjective(objective: TrainOptions['objective']): Objective {
  if (typeof objective !== 'function') return objective;
  return {
    name: objective.name || 'objective',
    compute(context): Terms {
      const value = objective(context);
      // Whether it is either is checked by `evaluateObjective`.
      return value instanceof tf.Tensor ? { loss: value, metrics: {} } : value;
    },
  };
}
