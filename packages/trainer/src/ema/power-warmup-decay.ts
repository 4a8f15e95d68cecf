import { check } from '@diptych/formats/errors';
import type { DecaySchedule } from './decay.ts';

export interface PowerWarmupDecayOptions {
  /** The decay in the long run. Default 0.9999. */
  decay?: number;
  /** Steps in which the warm-up begins to act. Default 1. */
  inverseGamma?: number;
  /** 2/3 reaches 0.999 after 31,600 steps, 3/4 after 10,000. Default 2/3. */
  power?: number;
  /** Lower bound once the warm-up has begun. Default 0. */
  minimum?: number;
  /** The last step that copies the weights. Default 0: the first step copies. */
  after?: number;
  /** Averages only every so many steps; choose `decay` for that interval. Default 1. */
  every?: number;
}

/**
 * A decay that grows with the training, so that early weights are soon forgotten.
 *
 *     s = step - after;  s <= 0: 0;  else min(decay, max(minimum, 1 - (1 + s / inverseGamma)^-power))
 *
 * This is what diffusers' `EMAModel(use_ema_warmup)` and ema-pytorch (with `every`) compute; 1, no change, between the
 * multiples of `every`.
 *
 * @throws DiptychError on a decay outside [0, 1], an inverse gamma or power that is not positive, an `every` below 1.
 * @see The notes on EMA warm-up in Katherine Crowson's k-diffusion, where the formula comes from.
 * @example
 * train({ ...options, ema: powerWarmupDecay({ decay: 0.9995, power: 3 / 4 }) });
 */
export function powerWarmupDecay(options: PowerWarmupDecayOptions = {}): DecaySchedule {
  const { decay = 0.9999, inverseGamma = 1, power = 2 / 3, minimum = 0, after = 0, every = 1 } = options;
  const where = 'powerWarmupDecay';
  check(decay >= 0 && decay <= 1, where, 'options.decay', 'in [0, 1]', decay);
  check(inverseGamma > 0, where, 'options.inverseGamma', '> 0', inverseGamma);
  check(power > 0, where, 'options.power', '> 0', power);
  check(minimum >= 0 && minimum <= 1, where, 'options.minimum', 'in [0, 1]', minimum);
  check(Number.isInteger(after) && after >= 0, where, 'options.after', 'an integer from 0', after);
  check(Number.isInteger(every) && every >= 1, where, 'options.every', 'an integer from 1', every);
  return (step) => {
    if (step % every !== 0) return 1;
    const s = step - after;
    return s <= 0 ? 0 : Math.max(minimum, Math.min(decay, 1 - (1 + s / inverseGamma) ** -power));
  };
}
