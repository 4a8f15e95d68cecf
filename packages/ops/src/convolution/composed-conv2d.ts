import * as tf from '@tensorflow/tfjs-core';
import { sumRows } from '../linear/sum-rows.ts';
import { columnsToImage, imageToColumns } from './image-to-columns.ts';
import type { Window } from './window.ts';

/**
 * `conv2d` as a product of matrices. With X the columns of x, K the kernel as a matrix: y = X K + b, dK = XT dy, dX = dy KT, db = sum dy.
 * X is made again for the gradient: kept, it would take kh kw times the memory of x.
 */
export function composedConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  bias: tf.Tensor1D | null,
  window: Window,
): tf.Tensor4D {
  const [rows, columns, channels, out] = kernel.shape;
  const asMatrix = (kernel: tf.Tensor) => tf.reshape(kernel, [rows * columns * channels, out]) as tf.Tensor2D;
  const run = tf.customGrad((...args) => {
    const [x, kernel] = args as [tf.Tensor4D, tf.Tensor4D];
    const save = args[args.length - 1] as tf.GradSaveFunc;
    save([x, kernel]);
    const product = tf.matMul(imageToColumns(x, window), asMatrix(kernel)); // [B*oh*ow, out]
    const y: tf.Tensor = bias ? tf.add(product, bias) : product;
    const gradFunc = (dy: tf.Tensor, [x, kernel]: tf.Tensor[]) =>
      tf.tidy(() => {
        const dRows = tf.reshape(dy, [-1, out]) as tf.Tensor2D;
        const dKernel = tf.matMul(imageToColumns(x as tf.Tensor4D, window), dRows, true, false);
        const dColumns = tf.matMul(dRows, asMatrix(kernel), false, true) as tf.Tensor2D;
        const dx = columnsToImage(dColumns, (x as tf.Tensor4D).shape, window);
        const gradients: tf.Tensor[] = [dx, tf.reshape(dKernel, kernel.shape)];
        return bias ? [...gradients, sumRows(dRows)] : gradients;
      });
    return { value: tf.reshape(y, [x.shape[0], ...window.output, out]), gradFunc };
  });
  return (bias ? run(x, kernel, bias) : run(x, kernel)) as tf.Tensor4D;
}
