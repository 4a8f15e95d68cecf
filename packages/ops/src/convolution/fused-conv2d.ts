import * as tf from '@tensorflow/tfjs-core';
import { attributes } from '../fused/attributes.ts';
import { fused, type FusedOp } from '../fused/dispatch.ts';
import { composedConv2d, composedImageGradient, composedKernelGradient, sumChannels } from './composed-conv2d.ts';
import { slidingWindow, type Window } from './window.ts';

/**
 * Inputs x [B, H, W, in], kernel [kh, kw, in, out] and, where there is one, bias [out]; attributes strides [2] and padding
 * [top, bottom, left, right]. Output y [B, h, w, out].
 */
export const conv2dOp: FusedOp = {
  name: 'DiptychConv2d',
  gradient: {
    inputsToSave: ['x', 'kernel'],
    gradFunc: (dys, saved, attributes) => {
      const dy = dys as tf.Tensor4D;
      const [x, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
      const window = windowOf(x, kernel, attributes);
      const { strides, padding } = attributes;
      const shared = { strides, padding };
      return {
        x: () =>
          fused(conv2dImageGradOp, { dy, kernel }, { ...shared, shape: x.shape }, () =>
            tf.tidy(() => composedImageGradient(dy, kernel, x.shape, window)),
          ),
        kernel: () =>
          fused(conv2dKernelGradOp, { dy, x }, { ...shared, shape: kernel.shape }, () =>
            tf.tidy(() => composedKernelGradient(dy, x, kernel.shape, window)),
          ),
        bias: () => tf.tidy(() => sumChannels(dy)),
      };
    },
  },
};

/** Inputs dy [B, h, w, out] and kernel; attributes as above and shape, that of x. Output dx. */
export const conv2dImageGradOp: FusedOp = { name: 'DiptychConv2dImageGrad' };

/** Inputs dy [B, h, w, out] and x; attributes as above and shape, that of the kernel. Output dKernel. */
export const conv2dKernelGradOp: FusedOp = { name: 'DiptychConv2dKernelGrad' };

/** `conv2d` by a kernel that pads as it reads and begins at the bias. */
export function fusedConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  bias: tf.Tensor1D | null,
  window: Window,
): tf.Tensor4D {
  const inputs: tf.NamedTensorMap = { x, kernel, ...(bias && { bias }) };
  const attributes = { strides: window.strides, padding: window.padding.flat() };
  return fused(conv2dOp, inputs, attributes, () => composedConv2d(x, kernel, bias, window));
}

function windowOf(x: tf.Tensor4D, kernel: tf.Tensor4D, attrs: tf.NamedAttrMap): Window {
  const { strides, padding: sides } = attributes<{ strides: [number, number]; padding: number[] }>(attrs);
  const [top, bottom, left, right] = sides;
  const [image, taps] = [x.shape.slice(1, 3), kernel.shape.slice(0, 2)] as [number, number][];
  const padding = [
    [top, bottom],
    [left, right],
  ] as const;
  return slidingWindow('conv2d', image, taps, strides, padding);
}
