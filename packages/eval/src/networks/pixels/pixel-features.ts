import type { Batch } from '@diptych/core';
import { signedToBytes } from '@diptych/data';
import { checkBatch } from '@diptych/data/dataset';
import { checkIn, checkLength, checkOptions, rules } from '@diptych/formats/errors';
import { pillowResize, boxKernel, resizeImage } from '@diptych/ops';
import type { FeatureNetwork } from '../feature-network.ts';

/** Which pixels. */
export interface PixelFeaturesOptions {
  /** [height, width] to which images are brought, each pixel the mean of what it covers. Default [16, 16]. */
  size?: readonly [number, number];
  /** 1 or 3; gray images get three equal channels. Default 3. */
  channels?: 1 | 3;
}

/**
 * The picture itself as features: a yardstick that needs no network and says nothing of quality, since a pixel distance calls
 * a sharp picture moved by one pixel worse than a blurred one.
 *
 * **Shapes** images [B, H, W, 1 or 3]; rows of height * width * channels. **Units** 0 black .. 1 white.
 *
 * @throws DiptychError if sizes are no positive integers, or images have other channels
 * @example
 * const { line } = await imageFrechetDistance(pixelFeatures(), generated, real); // FD-pixels-16x16 …
 */
export function pixelFeatures(options: PixelFeaturesOptions = {}): FeatureNetwork {
  const where = 'pixelFeatures';
  const { size = [16, 16], channels = 3 } = checkOptions(where, options, {
    size: rules.list(rules.count),
    channels: rules.oneOf(1, 3),
  });
  checkLength(where, { size }, 2, '[height, width]');
  const pixels = size[0] * size[1];
  const dims = pixels * channels;
  return {
    name: `pixels-${size[0]}x${size[1]}${channels === 1 ? '-gray' : ''}`,
    dims,
    features(images: Batch) {
      checkBatch(images, { where });
      const [count, height, width, given] = images.shape;
      checkIn(where, { 'channels of images': given }, channels === 3 ? [1, 3] : [1]);
      const levels = images.x instanceof Uint8Array ? images.x : signedToBytes(images.x);
      const rows = new Float32Array(count * dims);
      for (let i = 0; i < count; i++) {
        const image = levels.subarray(i * height * width * given, (i + 1) * height * width * given);
        const resized = resizeImage(image, [height, width, given], size, pillowResize(boxKernel));
        const copies = channels / given;
        for (let at = 0; at < dims; at++) rows[i * dims + at] = resized[Math.floor(at / copies)] / 255;
      }
      return { rows, dims };
    },
  };
}
