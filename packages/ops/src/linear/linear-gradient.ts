import * as tf from '@tensorflow/tfjs-core';
import { sumRows } from './sum-rows.ts';

/** Gradients of x kernel + bias, each made when it is asked for. */
export const linearGradient = (dy: tf.Tensor2D, x: tf.Tensor2D, kernel: tf.Tensor2D) => ({
  x: () => tf.matMul(dy, kernel, false, true),
  kernel: () => tf.matMul(x, dy, true, false),
  bias: () => sumRows(dy),
});
