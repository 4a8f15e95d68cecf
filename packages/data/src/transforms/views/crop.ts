import { uniformArray } from '@diptych/core';
import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';
import type { HostImage, ImageTransform } from './image-transform.ts';

/** A part of an image, which must lie inside it. */
export function cropAt(
  { data, shape }: HostImage,
  top: number,
  left: number,
  height: number,
  width: number,
): HostImage {
  const [, fullWidth, channels] = shape;
  const part = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * fullWidth + left) * channels;
    part.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { data: part, shape: [height, width, channels] };
}

/**
 * The middle of an image, size x size; odd margins are larger at the right and at the bottom.
 *
 * @throws DiptychError if the size is no positive integer, or later if an image is smaller.
 * @example
 * const evaluate = views([centerCrop(28)]);
 */
export function centerCrop(size: number): ImageTransform {
  checkCount('centerCrop', { size });
  return (image) => {
    const [height, width] = image.shape;
    check(height >= size && width >= size, 'centerCrop', 'the image', `at least ${size} x ${size}`, [height, width]);
    return cropAt(image, Math.floor((height - size) / 2), Math.floor((width - size) / 2), size, size);
  };
}

/** How much is put around an image before it is cropped. */
export interface RandomCropOptions {
  /** Black pixels on every side. Default 0. */
  padding?: number;
}

/**
 * A part of an image, size x size, all places equally likely.
 *
 * @throws DiptychError if the size is no positive integer or the padding no integer >= 0, or later if an image is smaller.
 * @example
 * const usual = inTurn(randomCrop(32, { padding: 4 }), randomFlip()); // CIFAR-10
 */
export function randomCrop(size: number, options: RandomCropOptions = {}): ImageTransform {
  checkCount('randomCrop', { size });
  const { padding = 0 } = checkOptions('randomCrop', options, { padding: rules.index });
  return (image, key) => {
    const padded = padding > 0 ? pad(image, padding) : image;
    const [height, width] = padded.shape;
    check(height >= size && width >= size, 'randomCrop', 'the image', `at least ${size} x ${size}`, [height, width]);
    const [y, x] = uniformArray(key, 2);
    return cropAt(padded, Math.floor(y * (height - size + 1)), Math.floor(x * (width - size + 1)), size, size);
  };
}

function pad({ data, shape: [height, width, channels] }: HostImage, padding: number): HostImage {
  const fullWidth = width + 2 * padding;
  const padded = new Float32Array((height + 2 * padding) * fullWidth * channels);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * channels, (y + 1) * width * channels);
    padded.set(row, ((y + padding) * fullWidth + padding) * channels);
  }
  return { data: padded, shape: [height + 2 * padding, fullWidth, channels] };
}
