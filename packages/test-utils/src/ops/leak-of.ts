import * as tf from '@tensorflow/tfjs-core';

/** How many tensors `fn` leaves behind once its result is disposed, after a first call that may fill caches. */
export function leakOf(fn: () => tf.TensorContainer): number {
  tf.dispose(fn());
  const before = tf.memory().numTensors;
  tf.dispose(fn());
  return tf.memory().numTensors - before;
}
