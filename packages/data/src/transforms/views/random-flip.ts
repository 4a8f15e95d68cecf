import type { HostImage, ImageTransform } from './image-transform.ts';
import { randomApply } from './random-apply.ts';

/**
 * A mirror image, left and right swapped, with this probability.
 *
 * @throws DiptychError if the probability is not in 0..1.
 * @example
 * const weak = inTurn(randomCrop(32, { padding: 4 }), randomFlip());
 */
export const randomFlip = (probability = 0.5): ImageTransform => randomApply(probability, mirror);

function mirror({ data, shape }: HostImage): HostImage {
  const [height, width, channels] = shape;
  const mirrored = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      const to = (y * width + width - 1 - x) * channels;
      for (let c = 0; c < channels; c++) mirrored[to + c] = data[from + c];
    }
  }
  return { data: mirrored, shape };
}
