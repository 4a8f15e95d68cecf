import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { fused, type FusedOp } from '../fused/dispatch.ts';
import { activatedLinear, activatedLinearOp, fusableActivation } from './activated-linear.ts';
import { linearGradient } from './linear-gradient.ts';

export interface LinearFuncOptions {
  /** A function of every element, applied to the result: `gelu`, `geluTanh` or `silu`, which a kernel takes along, or any other. */
  activation?: (x: tf.Tensor) => tf.Tensor;
  /** Added to the result, after the activation. */
  residual?: tf.Tensor;
}

const linearRules = { activation: rules.callback, residual: rules.tensor } as const;

/**
 * y = activation(x kernel + bias) + residual, along the last axis; both are optional, and one kernel call does all of it where the backend has
 * one (WASM).
 *
 * **Shapes** x [..., in], kernel [in, out], bias [out], residual [..., out]; result [..., out]. PyTorch's `Linear.weight` is the transpose of `kernel`.
 * **Memory** the caller owns the result; the gradient saves x and kernel, without copies, and x kernel + bias if there is an
 * activation.
 *
 * @throws DiptychError if the shapes do not fit
 *
 * @example
 * ```ts
 * linear(tf.tensor2d([[1, 2]]), tf.tensor2d([[1], [10]]), tf.tensor1d([3])); // [[24]]
 * const hidden = linear(x, wide, wideBias, { activation: gelu });
 * const next = linear(hidden, narrow, narrowBias, { residual: x });
 * ```
 */
export function linear<T extends tf.Tensor>(
  x: T,
  kernel: tf.Tensor2D,
  bias?: tf.Tensor1D | null,
  options: LinearFuncOptions = {},
): T {
  const { activation, residual } = checkOptions('linear', options, linearRules);
  checkShape('linear', { kernel }, ['in', 'out']);
  const [width, out] = kernel.shape;
  checkShape('linear', { x }, ['...', width]);
  if (bias != null) checkShape('linear', { bias }, [out]);
  const shape = [...x.shape.slice(0, -1), out];
  if (residual) checkShape('linear', { residual }, shape);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [shape.slice(0, -1).reduce((product, size) => product * size, 1), width]) as tf.Tensor2D; // [R, in]
    const taken = fusableActivation(activation);
    const isOneCall = (taken || (residual && !activation)) && tf.getKernel(activatedLinearOp.name, tf.getBackend());
    if (isOneCall) {
      const steps = {
        activation: taken,
        bias: bias ?? null,
        residual: residual && (tf.reshape(residual, [rows.shape[0], out]) as tf.Tensor2D),
      };
      return tf.reshape(activatedLinear(rows, kernel, steps), shape) as T;
    }
    const product = bias
      ? fused(linearOp, { x: rows, kernel, bias }, {}, () => composedLinear(rows, kernel, bias))
      : tf.matMul(rows, kernel);
    const y = tf.reshape(product, shape);
    const activated = activation ? activation(y) : y;
    if (activation) checkShape('linear', { 'activation(x)': activated }, residual ? shape : ['...']);
    return (residual ? tf.add(activated, residual) : activated) as T;
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
