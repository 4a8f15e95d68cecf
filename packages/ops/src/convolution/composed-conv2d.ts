import * as tf from '@tensorflow/tfjs-core';
import { sumRows } from '../linear/sum-rows.ts';
import { columnsToImage, imageToColumns } from './image-to-columns.ts';
import type { Window } from './window.ts';

/**
 * `conv2d` with a gradient that needs no `Conv2DBackpropFilter`. With X the columns of x and K the kernel as a matrix: dK = XT dy, db = sum dy, and
 * dx is the convolution of dy with the turned kernel, or the image of dy KT where the window has strides. X is made for the gradient
 * alone: kept, it would take kh kw times the memory of x.
 */
export function composedConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  bias: tf.Tensor1D | null,
  window: Window,
): tf.Tensor4D {
  const run = tf.customGrad((...args) => {
    const [x, kernel] = args as [tf.Tensor4D, tf.Tensor4D];
    const save = args[args.length - 1] as tf.GradSaveFunc;
    save([x, kernel]);
    const y = tf.conv2d(pad(x, window.padding), kernel, window.strides, 'valid');
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
      return tf.tidy(() => {
        const slopes = dy as tf.Tensor4D;
        const dKernel = composedKernelGradient(slopes, x, kernel.shape, window);
        const gradients: tf.Tensor[] = [composedImageGradient(slopes, kernel, x.shape, window), dKernel];
        return bias ? [...gradients, sumChannels(slopes)] : gradients;
      });
    };
    return { value: bias ? tf.add(y, bias) : y, gradFunc };
  });
  return (bias ? run(x, kernel, bias) : run(x, kernel)) as tf.Tensor4D;
}

/** dK of `conv2d`. */
export function composedKernelGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  shape: tf.Tensor4D['shape'],
  window: Window,
): tf.Tensor4D {
  const rows = tf.reshape(dy, [-1, shape[3]]) as tf.Tensor2D; // [B*oh*ow, out]
  return tf.reshape(tf.matMul(imageToColumns(x, window), rows, true, false), shape);
}

/** db of `conv2d`. */
export const sumChannels = (dy: tf.Tensor4D): tf.Tensor1D => sumRows(tf.reshape(dy, [-1, dy.shape[3]]) as tf.Tensor2D);

/** dx of `conv2d`. */
export function composedImageGradient(
  dy: tf.Tensor4D,
  kernel: tf.Tensor4D,
  shape: tf.Tensor4D['shape'],
  window: Window,
): tf.Tensor4D {
  const [rows, columns, channels, out] = kernel.shape;
  const margins = window.padding.map(([before, after], axis) => {
    const reach = window.kernel[axis] - 1;
    return [reach - before, reach - after];
  }) as Window['padding'];
  if (window.strides.every((s) => s === 1) && margins.flat().every((margin) => margin >= 0)) {
    const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D; // [kh, kw, out, in]
    return tf.conv2d(pad(dy, margins), turned, 1, 'valid');
  }
  const matrix = tf.reshape(kernel, [rows * columns * channels, out]);
  const dColumns = tf.matMul(tf.reshape(dy, [-1, out]), matrix, false, true) as tf.Tensor2D;
  return columnsToImage(dColumns, shape, window);
}

/** Zeros around the image; the image itself where there are none. */
export const pad = (x: tf.Tensor4D, padding: Window['padding']): tf.Tensor4D =>
  padding.flat().every((size) => size === 0) ? x : tf.pad(x, [[0, 0], ...padding, [0, 0]]);
