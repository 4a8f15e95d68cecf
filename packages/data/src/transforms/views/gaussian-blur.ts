import { uniformArray } from '@diptych/core';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import type { ImageTransform } from './image-transform.ts';

/** How wide. */
export interface GaussianBlurOptions {
  /** Standard deviation in pixels, uniform in this range. Default [0.1, 2]. */
  sigma?: readonly [number, number];
  /** Number of pixels that each one is mixed of, per axis; odd. Default: three standard deviations to either side. */
  kernel?: number;
}

/**
 * Blurs with a Gaussian of random width; beyond the border the image goes on as its mirror, without the edge twice.
 * torchvision's `GaussianBlur`. (DINO's reference takes Pillow's, which comes near to a Gaussian with three box filters.)
 *
 * @throws DiptychError if sigma is no range above 0 or the kernel no odd number; later, if half a given kernel is not smaller
 * than the image.
 * @example
 * const blur = sometimes(0.5, gaussianBlur({ sigma: [0.1, 2], kernel: 23 }));
 */
export function gaussianBlur(options: GaussianBlurOptions = {}): ImageTransform {
  const where = 'gaussianBlur';
  const known = { sigma: rules.list(rules.finite), kernel: rules.count };
  const { sigma = [0.1, 2], kernel } = checkOptions(where, options, known);
  check(0 < sigma[0] && sigma[0] <= sigma[1] && sigma[1] < Infinity, where, 'sigma', 'a range above 0', sigma);
  check(kernel === undefined || kernel % 2 === 1, where, 'kernel', 'a positive odd integer', kernel);
  return ({ data, shape }, key) => {
    const [height, width, channels] = shape;
    const side = Math.min(height, width);
    const s = sigma[0] + uniformArray(key, 1)[0] * (sigma[1] - sigma[0]);
    const reach = kernel === undefined ? Math.min(Math.ceil(3 * s), side - 1) : (kernel - 1) / 2;
    check(reach < side, where, 'kernel', `below ${2 * side} for images of [${shape}]`, kernel);
    const weights = gaussian(reach, s);
    const rows = blurRows(data, height, width, channels, weights);
    // A column is a row of an image that is one pixel high and width * channels deep.
    return { data: blurRows(rows, 1, height, width * channels, weights), shape };
  };
}

function gaussian(reach: number, s: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / s) ** 2));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function blurRows(data: Float32Array, height: number, width: number, channels: number, weights: Float64Array) {
  const reach = (weights.length - 1) / 2;
  const blurred = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = -reach; k <= reach; k++) {
          const inside = Math.abs(x + k) < width ? Math.abs(x + k) : 2 * (width - 1) - (x + k);
          sum += weights[k + reach] * data[(y * width + inside) * channels + c];
        }
        blurred[(y * width + x) * channels + c] = sum;
      }
    }
  }
  return blurred;
}
