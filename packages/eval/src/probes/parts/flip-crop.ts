import { foldIn, uniformArray } from '@diptych/core';
import type { Batch, Key } from '@diptych/core';
import { checkOptions, rules } from '@diptych/formats/errors';

/** A change of training images that keeps their classes. */
export interface ImageAugmentation {
  /** What protocols call it. */
  readonly name: string;
  /** New images; the batch stays as it is. The key decides everything random. */
  apply(images: Batch, key: Key): Batch | Promise<Batch>;
}

/** How far images are moved. */
export interface FlipCropOptions {
  /** Pixels of black around an image before a piece of its size is cut out. Default 4. */
  pad?: number;
}

/**
 * What CIFAR-10 classifiers are trained with: an image is mirrored with probability 1/2 and moved by up to `pad` pixels in
 * both directions; what comes in is black.
 *
 * @throws DiptychError if pad is no integer from 0.
 * @example
 * const shaken = await flipCrop().apply(images, key(0));
 */
export function flipCrop(options: FlipCropOptions = {}): ImageAugmentation {
  const { pad = 4 } = checkOptions('flipCrop', options, { pad: rules.index });
  return {
    name: pad === 0 ? 'flip' : `flip, crop with ${pad} pixels of padding`,
    apply(images, key) {
      const [count, height, width, channels] = images.shape;
      const size = height * width * channels;
      const x = images.x instanceof Uint8Array ? new Uint8Array(count * size) : new Float32Array(count * size).fill(-1);
      for (let i = 0; i < count; i++) {
        const [coin, u, v] = uniformArray(foldIn(key, i), 3);
        const [down, right] = [u, v].map((part) => Math.floor(part * (2 * pad + 1)) - pad);
        for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
          for (let column = Math.max(0, -right); column < Math.min(width, width - right); column++) {
            const source = coin < 0.5 ? width - 1 - column - right : column + right;
            const from = i * size + ((row + down) * width + source) * channels;
            const to = i * size + (row * width + column) * channels;
            for (let c = 0; c < channels; c++) x[to + c] = images.x[from + c];
          }
        }
      }
      return { ...images, x };
    },
  };
}
