import { checkOptions, describeValue, fail, rules } from '@diptych/formats/errors';
import { arrayDataset } from '../dataset/array-dataset.ts';
import { classesRule, type Dataset } from '../dataset/dataset.ts';
import { npyImages, rangeRule } from './npy-images.ts';
import type { NpyImagesOptions } from './npy-images.ts';
import { readNpy, unzip } from '@diptych/formats';
import type { UnzipOptions } from '@diptych/formats';

/** Which arrays. */
export interface NpzDatasetOptions extends UnzipOptions, Pick<NpyImagesOptions, 'range'> {
  /** Name of the array of images. Default: the first of `images`, `x`, `x_train`, `arr_0` that is there. */
  images?: string;
  /** Name of the array of labels. Default: the first of `labels`, `label`, `y`, `y_train`, `arr_1` that is there, if any. */
  labels?: string;
  /** Names of the classes. Default: the numbers 0 .. largest label; needed if these are more than the images. */
  classes?: readonly string[];
}

/**
 * Images from a numpy `.npz` file: an array [n, H, W, C] or [n, H, W] and labels [n] or [n, 1]. Integers of any size are levels
 * 0..255, floats lie in [-1, 1] or in [0, 1], anything else needs `range`: see `npyImages`.
 *
 * @throws DiptychError if there is no such array, it has another shape, its numbers are no pixels of the range, or labels do not
 * match.
 * @example
 * const data = npzDataset(await readFile('samples.npz'), { images: 'arr_0' });
 */
export function npzDataset(bytes: Uint8Array, options: NpzDatasetOptions = {}): Dataset {
  const where = 'npzDataset';
  const {
    images,
    labels,
    classes,
    range,
    name = 'npz',
    maxBytes,
  } = checkOptions(where, options, {
    images: rules.text,
    labels: rules.text,
    classes: classesRule,
    range: rangeRule,
    name: rules.text,
    maxBytes: rules.number,
  });
  const files = unzip(bytes, { name, maxBytes });
  const names = [...files.keys()].map((file) => file.replace(/\.npy$/, ''));
  const pick = (wanted: string | undefined, usual: string[]) =>
    wanted ?? usual.find((candidate) => names.includes(candidate));
  const contentOf = (array: string | undefined) => files.get(`${array}.npy`) ?? files.get(array ?? '');

  const imagesName = pick(images, ['images', 'x', 'x_train', 'arr_0']);
  const content = contentOf(imagesName);
  if (!content) return fail(where, `${name} holds no array ${imagesName ?? 'of images'}, but ${describeValue(names)}`);
  const { x, shape } = npyImages(content, { name: `${imagesName} in ${name}`, range });

  const labelsName = pick(labels, ['labels', 'label', 'y', 'y_train', 'arr_1']);
  const labelFile = contentOf(labelsName);
  if (!labelFile && labels !== undefined) fail(where, `${name} holds no array ${labels}, but ${describeValue(names)}`);
  const label = labelFile && readNpy(labelFile, { name: `${labelsName} in ${name}` }).data;
  return arrayDataset({ x, shape: [shape[1], shape[2], shape[3]], label, classes, name });
}
