import { fused } from '@diptych/ops';
import type { FusedOp } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** The op that a backend may have a kernel for. Inputs `average` and `values`, float32 [n]; attribute `decay`; output the new average. */
const op: FusedOp = { name: 'DiptychEma' };

/** One vector of a running average after an update: average + (1 - decay) (values - average). */
export function emaStep(average: tf.Tensor1D, values: tf.Tensor1D, decay: number): tf.Tensor1D {
  return fused(op, { average, values }, { decay }, () => tf.add(average, tf.mul(tf.sub(values, average), 1 - decay)));
}
