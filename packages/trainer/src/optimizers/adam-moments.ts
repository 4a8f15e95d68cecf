import { type OptionRules, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { movingAverage } from '../ema/moving-average.ts';

export interface AdamMomentOptions {
  /** Decay of the average gradient. Default 0.9. */
  beta1?: number;
  /** Decay of the average squared gradient. Default 0.999. */
  beta2?: number;
  /** Added to the root of the bias-corrected second moment. Default 1e-8. */
  epsilon?: number;
}

/** The state vectors of Adam and its relatives. */
export type AdamSlot = 'firstMoment' | 'secondMoment';

export const adamSlots = ['firstMoment', 'secondMoment'] as const;

/** Both moments after a gradient. */
export function moments(
  g: tf.Tensor1D,
  slots: Readonly<Record<AdamSlot, tf.Tensor1D>>,
  { beta1, beta2 }: Required<Pick<AdamMomentOptions, 'beta1' | 'beta2'>>,
): Record<AdamSlot, tf.Tensor1D> {
  return {
    firstMoment: movingAverage(slots.firstMoment, g, beta1),
    secondMoment: movingAverage(slots.secondMoment, tf.square(g), beta2),
  };
}

/** The rule of what a running average keeps. */
export const betaRule = rules.interval('[0, 1)');

/** The rules of what the Adam family shares. */
export const momentRules: OptionRules<AdamMomentOptions> = {
  beta1: betaRule,
  beta2: betaRule,
  epsilon: rules.nonNegative,
};
