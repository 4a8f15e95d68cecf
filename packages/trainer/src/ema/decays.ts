import type { StepSchedule } from '@diptych/core';
import { checkOptions, type OptionRules, type Rule, rules } from '@diptych/formats/errors';

/**
 * Share of a running average that an update keeps: one number, or one for every 0-based step. 0 copies the weights, 1 leaves
 * the average as it is.
 */
export type EmaDecay = number | StepSchedule;

/** The rule of a decay, or of one for every step. */
export const decayRule: Rule = {
  words: 'a number in [0, 1], or a function of the step',
  holds: (value) => rules.share.holds(value) || rules.callback.holds(value),
};

export interface HalfLifeDecayOptions {
  /** Images after which a set of weights counts half. EDM: 0.5 million. */
  halfLife: number;
  /** Images in a step. */
  batchSize: number;
  /** The half-life is never more than this share of the images seen. EDM: 0.05, EDM2: 0.09. Default: no ramp-up. */
  rampUp?: number;
  /** Whether the images of the step itself count as seen: true (default) as in EDM2, false as in EDM. */
  countStep?: boolean;
}

/**
 * Decay of a half-life in images, so that it means the same for every batch size.
 *
 *     0.5^(batchSize / min(halfLife, rampUp images))
 *
 * EDM counts the images before the step, so that its first step copies the weights and all later ones are one step
 * behind EDM2's, which counts those after it.
 *
 * **Units** images.
 *
 * @throws DiptychError if the half-life, batch size or ramp-up is not positive.
 * @see Karras et al. 2022, appendix F, arXiv:2206.00364 (EDM); Karras et al. 2024, appendix B, arXiv:2312.02696 (EDM2)
 * @example
 * halfLifeDecay({ halfLife: 500_000, batchSize: 512, rampUp: 0.05, countStep: false }); // EDM's
 */
export function halfLifeDecay(options: HalfLifeDecayOptions): StepSchedule {
  const {
    halfLife,
    batchSize,
    rampUp,
    countStep = true,
  } = checkOptions('halfLifeDecay', options, {
    halfLife: rules.required(rules.positive),
    batchSize: rules.required(rules.positive),
    rampUp: rules.positive,
    countStep: rules.flag,
  });
  return (step) => {
    const images = (step + (countStep ? 1 : 0)) * batchSize;
    const now = rampUp === undefined ? halfLife : Math.min(halfLife, rampUp * images);
    return 0.5 ** (batchSize / Math.max(now, 1e-8));
  };
}

const warmupRules: OptionRules<RationalWarmupDecayOptions> = {
  decay: rules.share,
  minimum: rules.share,
  after: rules.index,
};

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
 * @throws DiptychError if a decay is outside [0, 1], an inverse gamma or power is not positive, or `every` is below 1.
 * @see The notes on EMA warm-up in Katherine Crowson's k-diffusion, where the formula comes from.
 * @example
 * train({ ...options, ema: powerWarmupDecay({ decay: 0.9995, power: 3 / 4 }) });
 */
export function powerWarmupDecay(options: PowerWarmupDecayOptions = {}): StepSchedule {
  const {
    decay = 0.9999,
    inverseGamma = 1,
    power = 2 / 3,
    minimum = 0,
    after = 0,
    every = 1,
  } = checkOptions('powerWarmupDecay', options, {
    ...warmupRules,
    inverseGamma: rules.positive,
    power: rules.positive,
    every: rules.count,
  });
  return (step) => {
    if (step % every !== 0) return 1;
    const s = step - after;
    return s <= 0 ? 0 : Math.max(minimum, Math.min(decay, 1 - (1 + s / inverseGamma) ** -power));
  };
}

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
 * @throws DiptychError if the decay or the minimum is outside [0, 1].
 * @see `tf.train.ExponentialMovingAverage(num_updates)` of TensorFlow.
 * @example
 * rationalWarmupDecay({ decay: 0.9999 })(90); // 0.91
 */
export function rationalWarmupDecay(options: RationalWarmupDecayOptions = {}): StepSchedule {
  const { decay = 0.9999, minimum = 0, after = 0 } = checkOptions('rationalWarmupDecay', options, warmupRules);
  return (step) => {
    const s = step - after;
    return s <= 0 ? 0 : Math.max(minimum, Math.min(decay, (1 + s) / (10 + s)));
  };
}
