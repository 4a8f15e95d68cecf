import type { Batch } from '@diptych/core';
import { signedToBytes } from '@diptych/data';
import { checkBatch } from '@diptych/data/dataset';
import { checkOptions, checkRule, checkShape, rules } from '@diptych/formats/errors';
import type * as tf from '@tensorflow/tfjs-core';

/** How many images are drawn. */
export interface SamplerImagesOptions {
  count: number;
  /** Images per call. Default 64. */
  batchSize?: number;
}

/**
 * Images of a sampler as a set to be measured: they are drawn when the metric asks for them and rounded to 8 bits, as stored
 * images are.
 *
 * **Units** pixels in [-1, 1]. **Memory** one batch; the tensors that `sample` returns are disposed.
 *
 * @param sample draws `count` images from number `first` on, [count, H, W, C]
 * @throws DiptychError if counts are no positive integers, or a call gives another number of images, a NaN, or levels
 * 0..255 instead of pixels
 * @example
 * const generated = samplerImages((count, first) => draw(count, foldIn(root, first)), { count: 50_000 });
 */
export async function* samplerImages(
  sample: (count: number, first: number) => tf.Tensor4D | Promise<tf.Tensor4D>,
  options: SamplerImagesOptions,
): AsyncGenerator<Batch, void, void> {
  const where = 'samplerImages';
  const { count, batchSize = 64 } = checkOptions(where, options, {
    count: rules.required(rules.count),
    batchSize: rules.count,
  });
  checkRule(where, 'sample', rules.callback, sample);
  for (let first = 0; first < count; first += batchSize) {
    const some = Math.min(batchSize, count - first);
    const images = await sample(some, first);
    checkRule(where, 'images of sample', rules.tensor, images);
    try {
      checkShape(where, { 'images of sample': images }, [some, 'H', 'W', 'C']);
      const x = await images.data<'float32'>();
      const levels = signedToBytes(x);
      checkBatch({ x, shape: images.shape }, { where });
      yield { x: levels, shape: images.shape };
    } finally {
      images.dispose();
    }
  }
}
