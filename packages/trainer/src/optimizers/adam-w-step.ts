import { fusedAll } from '@diptych/ops';
import type { FusedOp } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { ElementwiseResult, ElementwiseStep } from './elementwise-optimizer.ts';
import { towards } from './moments.ts';

type Moments = 'firstMoment' | 'secondMoment';

/**
 * The op that a backend may have a kernel for. Inputs `parameters`, `gradient`, `firstMoment`, `secondMoment`, float32 [n],
 * and optionally `factor` [], which multiplies the gradient; attributes `rate`, `decay`, `beta1`, `beta2`, `epsilon`, `count`; outputs the new parameters, first and second moment.
 */
const op: FusedOp = { name: 'DiptychAdamW' };

/** One step of AdamW on one vector: the one call for all parameters in it. */
export function adamWStep(
  { parameters, gradient, factor, slots, rate, decay, count }: ElementwiseStep<Moments>,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
): ElementwiseResult<Moments> {
  const composed = (): tf.Tensor1D[] => {
    const slope = factor ? tf.mul<tf.Tensor1D>(gradient, factor) : gradient;
    const firstMoment = towards(slots.firstMoment, slope, beta1);
    const secondMoment = towards(slots.secondMoment, tf.square(slope), beta2);
    // Both bias corrections go into the two scalars: one pass over the vector less for each.
    const root2 = Math.sqrt(1 - beta2 ** count);
    const denominator = tf.add(tf.sqrt(secondMoment), epsilon * root2);
    const step = tf.mul(tf.div(firstMoment, denominator), (rate * root2) / (1 - beta1 ** count));
    const kept = decay === 0 ? parameters : tf.mul(parameters, 1 - rate * decay);
    return [tf.sub(kept, step), firstMoment, secondMoment];
  };
  const inputs = { parameters, gradient, ...slots, ...(factor && { factor }) };
  const [next, firstMoment, secondMoment] = fusedAll(
    op,
    inputs,
    { rate, decay, beta1, beta2, epsilon, count },
    composed,
  );
  return { parameters: next as tf.Tensor1D, slots: { firstMoment, secondMoment } as Record<Moments, tf.Tensor1D> };
}
