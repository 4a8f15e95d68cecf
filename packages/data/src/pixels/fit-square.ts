import { check } from '@diptych/formats/errors';
import { antialiased, cubic, resizeLevels } from '@diptych/ops';
import type { ResizeAxis } from '@diptych/ops';
import type { Raster } from '../raster/raster.ts';

/** How an image is resized. */
export interface FitSquareOptions {
  /** Default: Pillow's antialiased bicubic. */
  axis?: ResizeAxis;
}

/**
 * Makes images square and one size: the largest square in the middle is cut out and resized as Pillow does it, to the level.
 *
 * **Shapes** H x W in, size x size out; odd margins leave the pixel more at the right and at the bottom.
 *
 * @throws DiptychError if the size is no positive integer.
 * @see Pillow's `Image.crop` and `Image.resize`
 * @example
 * const photos = await imageFolder('photos', { fit: fitSquare(64) });
 */
export function fitSquare(size: number, options: FitSquareOptions = {}): (image: Raster) => Raster {
  const { axis = antialiased(cubic()) } = options;
  check(Number.isInteger(size) && size >= 1, 'fitSquare', 'size', 'a positive integer', size);
  return ({ data, width, height, channels }) => {
    const side = Math.min(width, height);
    const left = Math.floor((width - side) / 2);
    const top = Math.floor((height - side) / 2);
    const square = new Uint8Array(side * side * channels);
    for (let y = 0; y < side; y++) {
      const from = ((top + y) * width + left) * channels;
      square.set(data.subarray(from, from + side * channels), y * side * channels);
    }
    const levels = resizeLevels(square, [side, side, channels], [size, size], axis);
    return { data: new Uint8ClampedArray(levels), width: size, height: size, channels };
  };
}
