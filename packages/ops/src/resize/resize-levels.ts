import { cubicKernel } from './kernels.ts';
import { pillowResize } from './resize-axis.ts';
import type { AxisWeights, ResizeAxis } from './resize-axis.ts';
import { checkedAxis, checkSizes } from './resize-image.ts';

/** Weights are rounded to this many binary digits after the point. */
const precision = 2 ** 22;

/**
 * One image of 8-bit levels resized as Pillow does it, to the level: weights of 22 binary digits, rounded and clipped to
 * 0..255 after the pass along the rows and again after the one along the columns. On noise that is up to 22 levels from
 * `resizeImage`.
 *
 * **Shapes** image [H, W, C]; result [h, w, C]. **Units** 0..255.
 *
 * @throws DiptychError if the image does not hold H * W * C levels or a size is no positive integer.
 * @see Pillow's `Image.resize` for images of mode L and RGB
 * @example
 * const small = resizeLevels(levels, [100, 100, 3], [64, 64], antialiased(triangle));
 */
export function resizeLevels(
  image: Uint8Array,
  shape: readonly [number, number, number],
  size: readonly [number, number],
  axis: ResizeAxis = pillowResize(cubicKernel()),
): Uint8Array {
  checkSizes('resizeLevels', image, shape, size);
  const along = checkedAxis('resizeLevels', axis);
  const [height, width, channels] = shape;
  const rows = width === size[1] ? image : alongRows(image, shape, size[1], along(width, size[1]));
  if (height === size[0]) return rows.slice();
  return alongRows(rows, [1, height, size[1] * channels], size[0], along(height, size[0]));
}

function alongRows(
  image: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  to: number,
  { count, position, weight }: AxisWeights,
): Uint8Array {
  // Halves away from zero; the sums stay below 2^53, so doubles hold them exactly.
  const fixed = weight.map((w) => Math.trunc(w * precision + (w < 0 ? -0.5 : 0.5)));
  const result = new Uint8Array(height * to * channels);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < to; i++) {
      for (let c = 0; c < channels; c++) {
        let sum = precision / 2;
        for (let k = i * count; k < (i + 1) * count; k++)
          sum += fixed[k] * image[(y * width + position[k]) * channels + c];
        result[(y * to + i) * channels + c] = Math.min(255, Math.max(0, Math.floor(sum / precision)));
      }
    }
  }
  return result;
}
