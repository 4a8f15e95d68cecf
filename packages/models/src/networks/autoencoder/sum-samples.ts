import * as tf from '@tensorflow/tfjs-core';

/** The sum over all axes but the first. */
export const sumSamples = (x: tf.Tensor): tf.Tensor1D => tf.sum(tf.reshape(x, [x.shape[0], -1]), 1);
