import { fused, type FusedOp } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** The op that a backend may have a kernel for. Inputs `average` and `values`, float32 [n]; attribute `decay`; output the new average. */
const op: FusedOp = { name: 'DiptychEma' };

/** A moving average after one more value, `lerp(average, values, 1 - decay)` in one pass: a constant stays exactly what it is. */
export function movingAverage(average: tf.Tensor1D, values: tf.Tensor1D, decay: number): tf.Tensor1D {
  return fused(op, { average, values }, { decay }, () => tf.add(average, tf.mul(tf.sub(values, average), 1 - decay)));
}
