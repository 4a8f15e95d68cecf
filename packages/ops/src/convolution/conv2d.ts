import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { hasFused } from '../fused/dispatch.ts';
import { linear } from '../linear/linear.ts';
import { composedConv2d, pad } from './composed-conv2d.ts';
import { conv2dOp, fusedConv2d } from './fused-conv2d.ts';
import { slidingWindow, type Padding, type SizePair } from './window.ts';

export interface Conv2dFuncOptions {
  /** Default 1. */
  strides?: SizePair;
  /** `'same'` (default), `'valid'`, a count for all sides, or `[[top, bottom], [left, right]]`. */
  padding?: Padding;
}

/** What they may be, the sliding window says. */
const convolutionRules = { strides: rules.anything, padding: rules.anything } as const;

/**
 * Two-dimensional convolution (cross-correlation) with bias: y[b,i,j,o] = bias[o] + sum over u, v, c of x[b, i s + u - top, j s + v - left, c] kernel[u,v,c,o].
 *
 * Trains on every backend: where tfjs lacks the gradient of the kernel (WASM), it is computed as a product of matrices. A 1x1 kernel is
 * a `linear` everywhere.
 *
 * **Shapes** x [B, H, W, in], kernel [kh, kw, in, out], bias [out]; result [B, h, w, out]. PyTorch's kernels are [out, in, kh, kw].
 * **Memory** the caller owns the result; the gradient saves x and kernel, without copies.
 *
 * @throws DiptychError if the shapes do not fit, strides or padding are no counts, or the image is smaller than the kernel
 *
 * @example
 * ```ts
 * conv2d(images, kernel, bias, { strides: 2, padding: 1 }); // PyTorch's Conv2d(in, out, 3, stride=2, padding=1)
 * ```
 */
export function conv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  bias?: tf.Tensor1D | null,
  options: Conv2dFuncOptions = {},
): tf.Tensor4D {
  const { strides = 1, padding = 'same' } = checkOptions('conv2d', options, convolutionRules);
  checkShape('conv2d', { x }, ['B', 'H', 'W', 'in']);
  checkShape('conv2d', { kernel }, ['kh', 'kw', 'in', 'out']);
  const [rows, columns, channels, out] = kernel.shape;
  checkShape('conv2d', { x }, ['B', 'H', 'W', channels]);
  if (bias != null) checkShape('conv2d', { bias }, [out]);
  const window = slidingWindow('conv2d', [x.shape[1], x.shape[2]], [rows, columns], strides, padding);

  const plain = [...window.strides, rows, columns].every((n) => n === 1) && window.padding.flat().every((p) => p === 0);
  if (plain) return tf.tidy(() => linear(x, tf.reshape(kernel, [channels, out]) as tf.Tensor2D, bias));

  if (hasFused(conv2dOp)) return fusedConv2d(x, kernel, bias ?? null, window);
  const trainable = tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) != null;
  if (!trainable) return composedConv2d(x, kernel, bias ?? null, window);
  return tf.tidy(() => {
    const y = tf.conv2d(pad(x, window.padding), kernel, window.strides, 'valid');
    return bias ? tf.add(y, bias) : y;
  });
}
