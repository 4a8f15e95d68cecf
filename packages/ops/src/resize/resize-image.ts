import { check, checkFunction, checkRule, rules } from '@diptych/formats/errors';
import { cubicKernel } from './kernels.ts';
import { pillowResize } from './resize-axis.ts';
import type { AxisWeights, ResizeAxis } from './resize-axis.ts';

/**
 * One image resized on the host, first along its rows, then along its columns; sums in float64, float32 between the passes.
 * Not clipped: a cubic kernel overshoots.
 *
 * **Shapes** image [H, W, C]; result [h, w, C]. **Units** those of the image; bytes count as 0..255.
 *
 * @param axis default: Pillow's antialiased bicubic, as clean-fid has it (which then clips to 0..255)
 * @throws DiptychError if the image does not hold H * W * C numbers or a size is no positive integer.
 * @see Parmar et al. 2022, On aliased resizing and surprising subtleties in GAN evaluation, arXiv:2104.11222
 * @example
 * const large = resizeImage(pixels, [32, 32, 3], [299, 299]);
 */
export function resizeImage(
  image: Float32Array | Uint8Array,
  shape: readonly [number, number, number],
  size: readonly [number, number],
  axis: ResizeAxis = pillowResize(cubicKernel()),
): Float32Array {
  checkSizes('resizeImage', image, shape, size);
  const along = checkedAxis('resizeImage', axis);
  const [height, width, channels] = shape;
  const rows = new Float32Array(height * size[1] * channels);
  resizeRows(image, rows, [height, width, channels], size[1], along(width, size[1]));
  const result = new Float32Array(size[0] * size[1] * channels);
  // A column is a row of an image that is one pixel wide and size[1] * channels deep.
  resizeRows(rows, result, [1, height, size[1] * channels], size[0], along(height, size[0]));
  return result;
}

/** Throws unless the image has its shape and the sizes are positive integers. */
export function checkSizes(
  where: string,
  image: ArrayLike<number>,
  shape: readonly [number, number, number],
  size: readonly [number, number],
): void {
  const positive = (n: number) => Number.isInteger(n) && n >= 1;
  checkRule(where, 'shape', rules.array, shape);
  checkRule(where, 'size', rules.array, size);
  checkRule(where, 'image', rules.array, image);
  check(shape.length === 3 && shape.every(positive), where, 'shape', 'three positive integers [H, W, C]', shape);
  check(size.length === 2 && size.every(positive), where, 'size', 'two positive integers [height, width]', size);
  const count = shape[0] * shape[1] * shape[2];
  check(image.length === count, where, 'image', `${count} numbers for shape [${shape}]`, image.length);
}

/** The axis function, of which each result is looked at. */
export function checkedAxis(where: string, axis: ResizeAxis): ResizeAxis {
  checkFunction(where, { axis });
  return (from, to) => {
    const weights = axis(from, to) as AxisWeights | undefined;
    const { count, position, weight } = weights ?? {};
    const fits = [position, weight].every((of) => rules.array.holds(of) && of?.length === to * count!);
    check(fits, where, 'axis', `a function to { count, position, weight } for ${to} pixels`, weights);
    return weights!;
  };
}

function resizeRows(
  image: Float32Array | Uint8Array,
  result: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  to: number,
  { count, position, weight }: AxisWeights,
): void {
  const sums = new Float64Array(channels);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < to; i++) {
      sums.fill(0);
      for (let k = i * count; k < (i + 1) * count; k++) {
        const w = weight[k];
        if (w === 0) continue;
        for (let c = 0, at = (y * width + position[k]) * channels; c < channels; c++) sums[c] += w * image[at + c];
      }
      result.set(sums, (y * to + i) * channels);
    }
  }
}
