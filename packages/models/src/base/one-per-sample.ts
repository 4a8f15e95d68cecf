import * as tf from '@tensorflow/tfjs-core';

/** [B, 1] as [B], for tfjs models: they give every input a second axis. Other shapes pass. */
export function onePerSample(x: tf.Tensor): tf.Tensor1D {
  return (x.rank === 2 && x.shape[1] === 1 ? tf.reshape(x, [x.shape[0]]) : x) as tf.Tensor1D;
}
