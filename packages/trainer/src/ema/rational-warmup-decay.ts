import { check } from '@diptych/formats/errors';
import type { DecaySchedule } from './decay.ts';

export interface RationalWarmupDecayOptions {
  /** The decay in the long run. Default 0.9999. */
  decay?: number;
  /** Lower bound once the warm-up has begun. Default 0. */
  minimum?: number;
  /** The last step that copies the weights. Default 0: the first step copies. */
  after?: number;
}

/**
 * TensorFlow's warm-up, which diffusers' `EMAModel` has by default.
 *
 *     s = step - after;  s <= 0: 0;  else max(minimum, min(decay, (1 + s) / (10 + s)))
 *
 * @throws DiptychError on a decay or minimum outside [0, 1].
 * @see `tf.train.ExponentialMovingAverage(num_updates)` of TensorFlow.
 * @example
 * rationalWarmupDecay({ decay: 0.9999 })(90); // 0.91
 */
export function rationalWarmupDecay(options: RationalWarmupDecayOptions = {}): DecaySchedule {
  const { decay = 0.9999, minimum = 0, after = 0 } = options;
  const where = 'rationalWarmupDecay';
  check(decay >= 0 && decay <= 1, where, 'options.decay', 'in [0, 1]', decay);
  check(minimum >= 0 && minimum <= 1, where, 'options.minimum', 'in [0, 1]', minimum);
  check(Number.isInteger(after) && after >= 0, where, 'options.after', 'an integer from 0', after);
  return (step) => {
    const s = step - after;
    return s <= 0 ? 0 : Math.max(minimum, Math.min(decay, (1 + s) / (10 + s)));
  };
}
