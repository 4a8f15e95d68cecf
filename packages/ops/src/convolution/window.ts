import { check } from '@diptych/formats/errors';

/** One number for both axes, or [vertical, horizontal]. */
export type SizePair = number | readonly [number, number];

/**
 * `'valid'`: none. `'same'`: as TensorFlow, output of ceil(size / stride), the odd one below and to the right.
 * A number: on all four sides (PyTorch's `padding`). `[[top, bottom], [left, right]]`: each side.
 */
export type Padding = 'same' | 'valid' | number | readonly [readonly [number, number], readonly [number, number]];

/** A sliding window over images, all sizes known. */
export interface Window {
  /** [kh, kw]. */
  kernel: [number, number];
  /** [vertical, horizontal]. */
  strides: [number, number];
  /** [[top, bottom], [left, right]]. */
  padding: [[number, number], [number, number]];
  /** [height, width] of the result. */
  output: [number, number];
}

/** Works out the padding and the size of the result, and checks that they make sense. */
export function slidingWindow(
  where: string,
  image: readonly [number, number],
  kernel: readonly [number, number],
  strides: SizePair,
  padding: Padding,
): Window {
  const steps: [number, number] =
    typeof strides === 'number' ? [strides, strides] : Array.isArray(strides) ? [strides[0], strides[1]] : [NaN, NaN];
  check(
    steps.every((s) => Number.isInteger(s) && s > 0),
    where,
    'strides',
    'a positive integer or two',
    strides,
  );
  const sides = [0, 1].map((axis) => sidesOf(padding, axis, image[axis], kernel[axis], steps[axis]));
  check(
    sides.flat().every((p) => Number.isInteger(p) && p >= 0),
    where,
    'padding',
    "'same', 'valid', a count, or [[top, bottom], [left, right]]",
    padding,
  );
  const output = sides.map(
    ([before, after], axis) => Math.floor((image[axis] + before + after - kernel[axis]) / steps[axis]) + 1,
  );
  check(
    output.every((size) => size > 0),
    where,
    'x',
    `an image of at least the size of the kernel [${kernel}], padding included`,
    `${image[0]} x ${image[1]}`,
  );
  return {
    kernel: [kernel[0], kernel[1]],
    strides: steps,
    padding: sides as Window['padding'],
    output: output as Window['output'],
  };
}

function sidesOf(padding: Padding, axis: number, size: number, kernel: number, stride: number): [number, number] {
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (typeof padding === 'number') return [padding, padding];
  const side = Array.isArray(padding) ? padding[axis] : undefined;
  return Array.isArray(side) ? [side[0], side[1]] : [NaN, NaN];
}
