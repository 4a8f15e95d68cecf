import * as tf from '@tensorflow/tfjs-core';
import { check } from '../errors/diptych-error.ts';
import { fused, type FusedOp } from '../kernels/dispatch.ts';
import { sumRows } from './sum-rows.ts';

/**
 * y = x kernel + bias, along the last axis.
 *
 * **Shapes** x [..., in], kernel [in, out], bias [out]; result [..., out]. PyTorch's `Linear.weight` is the transpose of `kernel`.
 * **Memory** the caller owns the result; the gradient saves x and kernel, without copies.
 *
 * @throws DiptychError when the shapes do not fit
 *
 * @example
 * ```ts
 * linear(tf.tensor2d([[1, 2]]), tf.tensor2d([[1], [10]]), tf.tensor1d([3])); // [[24]]
 * ```
 */
export function linear<T extends tf.Tensor>(x: T, kernel: tf.Tensor2D, bias?: tf.Tensor1D | null): T {
  check(kernel.rank === 2, 'linear', 'kernel', 'of shape [in, out]', kernel);
  const [width, out] = kernel.shape;
  check(x.rank >= 1 && x.shape[x.rank - 1] === width, 'linear', 'x', `of shape [..., ${width}]`, x);
  if (bias) check(bias.rank === 1 && bias.shape[0] === out, 'linear', 'bias', `of shape [${out}]`, bias);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, width]) as tf.Tensor2D; // [R, in]
    const y = bias
      ? fused(linearOp, { x: rows, kernel, bias }, {}, () => composedLinear(rows, kernel, bias))
      : tf.matMul(rows, kernel);
    return tf.reshape(y, [...x.shape.slice(0, -1), out]) as T;
  });
}

/** Inputs x [R, in], kernel [in, out], bias [out]. Output y [R, out]. */
export const linearOp: FusedOp = {
  name: 'DiptychLinear',
  gradient: {
    inputsToSave: ['x', 'kernel'],
    gradFunc: (dy, saved) => linearGradient(dy as tf.Tensor2D, saved[0] as tf.Tensor2D, saved[1] as tf.Tensor2D),
  },
};

/** `linear` of a matrix with bias, made of tfjs ops. Its own gradient spares the bias a transposed sum. */
export function composedLinear(x: tf.Tensor2D, kernel: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  const run = tf.customGrad((...args) => {
    const [x, kernel, bias, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    save([x, kernel]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const gradient = linearGradient(dy as tf.Tensor2D, saved[0] as tf.Tensor2D, saved[1] as tf.Tensor2D);
      return [gradient.x(), gradient.kernel(), gradient.bias()];
    };
    return { value: tf.add(tf.matMul(x, kernel), bias), gradFunc };
  });
  return run(x, kernel, bias) as tf.Tensor2D;
}

const linearGradient = (dy: tf.Tensor2D, x: tf.Tensor2D, kernel: tf.Tensor2D) => ({
  x: () => tf.matMul(dy, kernel, false, true),
  kernel: () => tf.matMul(x, dy, true, false),
  bias: () => sumRows(dy),
});
