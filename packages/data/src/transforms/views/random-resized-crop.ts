import { foldIn, uniformArray } from '@diptych/core';
import type { Key } from '@diptych/core';
import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { pillowResize, cubicKernel, resizeImage } from '@diptych/ops';
import type { ResizeAxis } from '@diptych/ops';
import { cropAt } from './crop.ts';
import type { ImageTransform } from './image-transform.ts';

/** Which part of the image. */
export interface RandomResizedCropOptions {
  /** Share of the image's area, uniform in this range. Default [0.08, 1]. */
  scale?: readonly [number, number];
  /** Width over height, log-uniform in this range. Default [3/4, 4/3]. */
  ratio?: readonly [number, number];
  /** Default: Pillow's antialiased bicubic. */
  axis?: ResizeAxis;
}

/**
 * A part of random size, shape and place, resized to size x size: torchvision's `RandomResizedCrop`. Ten draws of area and
 * ratio are tried until one fits; else the largest part in the middle with an allowed ratio is taken.
 *
 * **Units** 0..1, clipped there (a cubic kernel overshoots); not rounded to 8 bits between the steps, as Pillow's images are.
 *
 * @throws DiptychError if the size is no positive integer or a range is none.
 * @see Szegedy et al. 2015, Going deeper with convolutions, section 6
 * @example
 * const crop = randomResizedCrop(32, { scale: [0.2, 1] });
 */
export function randomResizedCrop(size: number, options: RandomResizedCropOptions = {}): ImageTransform {
  const where = 'randomResizedCrop';
  checkCount(where, { size });
  const {
    scale = [0.08, 1],
    ratio = [3 / 4, 4 / 3],
    axis = pillowResize(cubicKernel()),
  } = checkOptions(where, options, {
    scale: rules.list(rules.finite),
    ratio: rules.list(rules.finite),
    axis: rules.callback,
  });
  check(0 < scale[0] && scale[0] <= scale[1] && scale[1] <= 1, where, 'scale', 'a range in [0, 1]', scale);
  check(0 < ratio[0] && ratio[0] <= ratio[1] && ratio[1] < Infinity, where, 'ratio', 'a range above 0', ratio);
  return (image, key) => {
    const [height, width] = image.shape;
    const part = cropAt(image, ...cropBox(height, width, scale, ratio, key));
    const data = resizeImage(part.data, part.shape, [size, size], axis);
    for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i]));
    return { data, shape: [size, size, image.shape[2]] };
  };
}

/** Top, left, height and width. */
export function cropBox(
  height: number,
  width: number,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  key: Key,
): [number, number, number, number] {
  const [low, high] = [Math.log(ratio[0]), Math.log(ratio[1])];
  for (let attempt = 0; attempt < 10; attempt++) {
    const [u, v, y, x] = uniformArray(foldIn(key, attempt), 4);
    const area = height * width * (scale[0] + u * (scale[1] - scale[0]));
    const aspect = Math.exp(low + v * (high - low));
    const w = Math.round(Math.sqrt(area * aspect));
    const h = Math.round(Math.sqrt(area / aspect));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return [Math.floor(y * (height - h + 1)), Math.floor(x * (width - w + 1)), h, w];
  }
  const h = width / height < ratio[0] ? Math.round(width / ratio[0]) : height;
  const w = width / height > ratio[1] ? Math.round(height * ratio[1]) : width;
  return [Math.floor((height - h) / 2), Math.floor((width - w) / 2), h, w];
}
