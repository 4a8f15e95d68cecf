import { check } from '@diptych/formats/errors';
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

/** Settings that the Adam family shares. */
export function checkMoments(where: string, { beta1, beta2, epsilon = 0 }: AdamMomentOptions): void {
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    check(beta !== undefined && beta >= 0 && beta < 1, where, name, 'in [0, 1)', beta);
  check(epsilon >= 0 && Number.isFinite(epsilon), where, 'epsilon', 'finite and >= 0', epsilon);
}
