import { checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { pillowResize, cubicKernel, resizeLevels } from '@diptych/ops';
import type { ResizeAxis } from '@diptych/ops';
import { checkRaster } from './raster.ts';
import type { Raster } from './raster.ts';

/** How an image is resized. */
export interface FitSquareOptions {
  /** Default: Pillow's antialiased bicubic. */
  axis?: ResizeAxis;
}

/**
 * Makes images square and one size: the largest square in the middle is cut out and resized as Pillow does it, to the level.
 *
 * Colours are weighed by alpha, if there is one: what cannot be seen does not bleed into its neighbours.
 *
 * **Shapes** H x W x C in, C = 1 to 4, size x size x C out; odd margins leave the pixel more at the right and at the bottom.
 *
 * @throws DiptychError if the size is no positive integer; later, if an image has another number of channels.
 * @see Pillow's `Image.crop` and `Image.resize`
 * @example
 * const photos = await imageFolder('photos', { fit: centerCropResize(64) });
 */
export function centerCropResize(size: number, options: FitSquareOptions = {}): (image: Raster) => Raster {
  checkCount('centerCropResize', { size });
  const { axis = pillowResize(cubicKernel()) } = checkOptions('centerCropResize', options, { axis: rules.callback });
  return (image) => {
    checkRaster('centerCropResize', image, 'image');
    const { data, width, height, channels } = image;
    const hasAlpha = channels === 2 || channels === 4;
    const side = Math.min(width, height);
    const left = Math.floor((width - side) / 2);
    const top = Math.floor((height - side) / 2);
    const square = new Uint8Array(side * side * channels);
    for (let y = 0; y < side; y++) {
      const from = ((top + y) * width + left) * channels;
      square.set(data.subarray(from, from + side * channels), y * side * channels);
    }
    // Where nothing is resized, nothing is to be weighed.
    const weigh = hasAlpha && side !== size;
    if (weigh) timesAlpha(square, channels);
    const levels = resizeLevels(square, [side, side, channels], [size, size], axis);
    if (weigh) overAlpha(levels, channels);
    return { data: new Uint8ClampedArray(levels), width: size, height: size, channels };
  };
}

/** Pillow's modes La and RGBa: level * alpha / 255, rounded. */
function timesAlpha(levels: Uint8Array, channels: number): void {
  for (let at = 0; at < levels.length; at += channels) {
    const alpha = levels[at + channels - 1];
    for (let c = 0; c < channels - 1; c++) levels[at + c] = Math.floor((levels[at + c] * alpha + 127) / 255);
  }
}

/** And back, cut off: what alpha 0 hides stays as it is. */
function overAlpha(levels: Uint8Array, channels: number): void {
  for (let at = 0; at < levels.length; at += channels) {
    const alpha = levels[at + channels - 1];
    if (alpha === 0) continue;
    for (let c = 0; c < channels - 1; c++) levels[at + c] = Math.min(255, Math.floor((255 * levels[at + c]) / alpha));
  }
}
