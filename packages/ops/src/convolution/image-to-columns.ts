import * as tf from '@tensorflow/tfjs-core';
import { fused, type FusedOp } from '../fused/dispatch.ts';
import type { Window } from './window.ts';

/**
 * Input x [B, H, W, C]; attributes as `Window`, flat: kernel [kh, kw], strides [2], padding [top, bottom, left, right], output [oh, ow].
 * Output columns [B * oh * ow, kh * kw * C]: under every position of the window what it covers, (row, column, channel), channel fastest.
 */
export const imageToColumnsOp: FusedOp = { name: 'DiptychImageToColumns' };

/** Input columns [B * oh * ow, kh * kw * C]; attributes as above and shape [B, H, W, C]. Output: the transposed map, sums where windows overlap. */
export const columnsToImageOp: FusedOp = { name: 'DiptychColumnsToImage' };

const attributesOf = ({ kernel, strides, padding, output }: Window) => ({
  kernel,
  strides,
  padding: padding.flat(),
  output,
});

/** What a sliding window covers, one row per position. Not differentiable by itself: `columnsToImage` is its gradient. */
export function imageToColumns(x: tf.Tensor4D, window: Window): tf.Tensor2D {
  return fused(imageToColumnsOp, { x }, attributesOf(window), () => composedImageToColumns(x, window));
}

/** The transpose of `imageToColumns`: adds every row of columns back where it came from, [B, H, W, C]. */
export function columnsToImage(
  columns: tf.Tensor2D,
  shape: [number, number, number, number],
  window: Window,
): tf.Tensor4D {
  return fused(columnsToImageOp, { columns }, { ...attributesOf(window), shape }, () =>
    composedColumnsToImage(columns, shape, window),
  );
}

/**
 * `imageToColumns` made of slices of four axes (WASM copies more by a generic loop, and has no fast strided slice): a window with
 * strides is one without over the images of every s-th pixel.
 */
export function composedImageToColumns(x: tf.Tensor4D, window: Window): tf.Tensor2D {
  return tf.tidy(() => {
    const [batch, height, width, channels] = x.shape;
    const { strides, output } = window;
    const [rows, columns] = phasedSize(window);
    const {
      padding: [[top], [left]],
    } = window;
    // Pad (and cut what no window reaches) to whole numbers of strides.
    const size = [rows * strides[0], columns * strides[1]];
    const cut = tf.slice(
      x,
      [0, 0, 0, 0],
      [batch, Math.min(height, size[0] - top), Math.min(width, size[1] - left), channels],
    );
    const whole = tf.pad(cut, [
      [0, 0],
      [top, size[0] - top - cut.shape[1]],
      [left, size[1] - left - cut.shape[2]],
      [0, 0],
    ]);
    const strips = tf.reshape(whole, [batch * rows, strides[0], columns, strides[1] * channels]);
    const phases = eachPair(strides).map(([p, q]) => {
      const phase = tf.slice(strips, [0, p, 0, q * channels], [batch * rows, 1, columns, channels]);
      return tf.reshape(phase, [batch, rows, columns, channels]) as tf.Tensor4D;
    });
    const taps = eachPair(window.kernel).map((tap) => {
      const { phase, at } = placeOf(tap, strides);
      return tf.slice(phases[phase], [0, ...at, 0], [batch, ...output, channels]);
    });
    return tf.reshape(tf.concat(taps, 3), [-1, taps.length * channels]) as tf.Tensor2D;
  });
}

/** `columnsToImage` made of slices and pads: the steps of `composedImageToColumns` transposed, last first. */
export function composedColumnsToImage(
  columns: tf.Tensor2D,
  [batch, height, width, channels]: [number, number, number, number],
  window: Window,
): tf.Tensor4D {
  return tf.tidy(() => {
    const { strides, output, kernel } = window;
    const [rows, across] = phasedSize(window);
    const taps = tf.reshape(columns, [batch, ...output, kernel[0] * kernel[1] * channels]) as tf.Tensor4D;
    const phases: (tf.Tensor4D | undefined)[] = eachPair(strides).map(() => undefined);
    eachPair(kernel).forEach((tap, i) => {
      const { phase, at } = placeOf(tap, strides);
      const slice = tf.slice(taps, [0, 0, 0, i * channels], [batch, ...output, channels]);
      const placed = tf.pad(slice, [
        [0, 0],
        [at[0], rows - output[0] - at[0]],
        [at[1], across - output[1] - at[1]],
        [0, 0],
      ]);
      const sum = phases[phase];
      phases[phase] = sum ? tf.add<tf.Tensor4D>(sum, placed) : placed;
    });
    const strips = eachPair(strides).map((_, i) => {
      const phase = phases[i] ?? tf.zeros<tf.Rank.R4>([batch, rows, across, channels]);
      return tf.reshape(phase, [batch * rows, 1, across, channels]) as tf.Tensor4D;
    });
    // [B*rows, 1, columns, sw*C] for every row of phases, then all rows: [B*rows, sh, columns, sw*C]
    const lines = Array.from({ length: strides[0] }, (_, p) =>
      tf.concat(strips.slice(p * strides[1], (p + 1) * strides[1]), 3),
    );
    const whole = tf.reshape(tf.concat(lines, 1), [
      batch,
      rows * strides[0],
      across * strides[1],
      channels,
    ]) as tf.Tensor4D;
    const {
      padding: [[top], [left]],
    } = window;
    const covered = [Math.min(height, whole.shape[1] - top), Math.min(width, whole.shape[2] - left)];
    const image = tf.slice(whole, [0, top, left, 0], [batch, covered[0], covered[1], channels]);
    return tf.pad(image, [
      [0, 0],
      [0, height - covered[0]],
      [0, width - covered[1]],
      [0, 0],
    ]);
  });
}

/** Rows and columns of the image of every s-th pixel that the window needs. */
const phasedSize = ({ output, kernel, strides }: Window): [number, number] => [
  output[0] + Math.floor((kernel[0] - 1) / strides[0]),
  output[1] + Math.floor((kernel[1] - 1) / strides[1]),
];

/** Where a tap of the kernel reads: in which image of every s-th pixel, and at which corner of it. */
const placeOf = ([i, j]: [number, number], strides: [number, number]) => ({
  phase: (i % strides[0]) * strides[1] + (j % strides[1]),
  at: [Math.floor(i / strides[0]), Math.floor(j / strides[1])] as [number, number],
});

const eachPair = ([rows, columns]: [number, number]): [number, number][] =>
  Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
