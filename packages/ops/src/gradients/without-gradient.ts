import { checkFunction } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `fn` so that no gradient tape records it, and returns what it returns: a teacher's pass inside a student's loss.
 *
 * Inside, every op is a constant of the gradient around it; activations are not saved, so they go as soon as `fn` is done.
 *
 * **Memory** a tidy: tensors in the result (also nested in objects and arrays) belong to the caller, all others that `fn` made are
 * disposed. **Shapes** any.
 *
 * @example
 * ```ts
 * const loss = () => {
 *   const target = withoutGradient(() => teacher.forward(input).output);
 *   return tf.losses.meanSquaredError(target, student.forward(input).output);
 * };
 * ```
 */
export function withoutGradient<T extends tf.TensorContainer>(fn: () => T): T {
  checkFunction('withoutGradient', { fn });
  // The engine records only ops at kernel depth 0: what a kernel calls is not on the tape.
  const { state } = tf.engine();
  return tf.tidy(() => {
    state.kernelDepth++;
    try {
      return fn();
    } finally {
      state.kernelDepth--;
    }
  });
}
