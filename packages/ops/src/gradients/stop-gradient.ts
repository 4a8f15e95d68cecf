import { checkTensor } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from './without-gradient.ts';

/**
 * The same values, a constant of every gradient: d stopGradient(x) / dx = 0.
 *
 * The path ends here, so nothing upstream is differentiated (no backward pass over zeros). As everywhere in tfjs, `tf.grad`
 * throws when *every* path from its argument is cut; `tf.variableGrads` leaves such variables out.
 *
 * **Shapes** any, kept. **Memory** a new tensor on the same data; the caller owns it.
 *
 * @example
 * ```ts
 * tf.grad((x) => tf.sum(tf.mul(x, stopGradient(x))))(tf.scalar(3)); // 3, not 6
 * ```
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  checkTensor('stopGradient', { x });
  // Not `tf.clone`: that copies on WASM.
  return withoutGradient(() => tf.reshape(x, x.shape) as T);
}
