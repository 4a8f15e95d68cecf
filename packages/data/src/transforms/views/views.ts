import { foldIn } from '@diptych/core';
import { checkKey } from '@diptych/core/random';
import type { Batch, Key } from '@diptych/core';
import { check, checkRule, rules } from '@diptych/formats/errors';
import { checkBatch } from '../../dataset/check-batch.ts';
import { checkImage, type HostImage, type ImageTransform } from './image-transform.ts';

/** Makes views of the images of a batch. */
export interface Views {
  /** Number of views per image. */
  readonly count: number;
  /** The batch with `views` filled in. View v of image i depends on the image, the key, i and v alone. */
  apply(batch: Batch, key: Key): Batch;
}

/**
 * One view per transform of every image, for distillation and contrast: `batch.views[v]` holds view v of all images, in the
 * order of the batch, with its labels. `batch.x` stays as it is.
 *
 * **Shapes** views may be smaller than the images (multi-crop); all images of one view have one size. **Units** images uint8 or
 * float32 in [-1, 1]; views float32 in [-1, 1].
 *
 * @throws DiptychError if there is no transform, the batch is not sound, or a view's images differ in size.
 * @example
 * const two = views([strong, weak]);
 * const stream = mapBatches(batches(data, options), (batch, step) => two.apply(batch, foldIn(key(1), step)));
 */
export function views(transforms: readonly ImageTransform[]): Views {
  const where = 'views';
  checkRule(where, 'transforms', rules.list(rules.callback), transforms);
  check(transforms.length > 0, where, 'transforms', 'at least one', transforms.length);
  const apply = (batch: Batch, key: Key): Batch => {
    checkBatch(batch, { where });
    checkKey(where, key);
    const images = imagesOf(batch);
    const made = transforms.map((transform, v) => {
      const changed = images.map((image, i) => {
        const result = transform(image, foldIn(foldIn(key, i), v));
        checkImage(`views (what transform ${v} returns)`, result);
        return result;
      });
      return toBatch(changed, batch, v);
    });
    return { ...batch, views: made };
  };
  return { count: transforms.length, apply };
}

/** Views with changes of colour, some of them seldom: images that have no colours are refused before one is drawn. */
export function viewsOfColors(where: string, transforms: readonly ImageTransform[]): Views {
  const { count, apply } = views(transforms);
  return {
    count,
    apply(batch, key) {
      checkBatch(batch, { where });
      const channels = batch.shape[3];
      check(channels === 1 || channels === 3, where, 'batch.shape[3]', '1 (grey) or 3 (RGB)', channels);
      return apply(batch, key);
    },
  };
}

function imagesOf({ x, shape: [count, height, width, channels] }: Batch): HostImage[] {
  const size = height * width * channels;
  const [scale, shift] = x instanceof Uint8Array ? [1 / 255, 0] : [0.5, 0.5];
  return Array.from({ length: count }, (_, i) => {
    const data = new Float32Array(size);
    for (let k = 0, from = i * size; k < size; k++) data[k] = x[from + k] * scale + shift;
    return { data, shape: [height, width, channels] };
  });
}

function toBatch(images: readonly HostImage[], { label, index }: Batch, v: number): Batch {
  const { shape } = images[0];
  const size = shape[0] * shape[1] * shape[2];
  const x = new Float32Array(images.length * size);
  images.forEach((image, i) => {
    const same = image.shape.every((n, axis) => n === shape[axis]) && image.data.length === size;
    check(same, 'views', `image ${i} of view ${v}`, `of shape [${shape}]`, image.shape);
    for (let k = 0; k < size; k++) x[i * size + k] = 2 * image.data[k] - 1;
  });
  return { x, shape: [images.length, ...shape], ...(label && { label }), ...(index && { index }) };
}
