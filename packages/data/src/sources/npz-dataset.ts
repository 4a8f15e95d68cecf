import { check } from '@diptych/formats/errors';
import { arrayDataset } from '../dataset/array-dataset.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { readNpz } from '@diptych/formats';
import type { UnzipOptions } from '@diptych/formats';

/** Which arrays. */
export interface NpzDatasetOptions extends UnzipOptions {
  /** Name of the array of images. Default: the first of `images`, `x`, `x_train`, `arr_0` that is there. */
  images?: string;
  /** Name of the array of labels. Default: the first of `labels`, `label`, `y`, `y_train`, `arr_1` that is there, if any. */
  labels?: string;
  /** Names of the classes. Default: numbers. */
  classes?: readonly string[];
}

/**
 * Images from a numpy `.npz` file: an array [n, H, W, C] or [n, H, W] of bytes, or of floats in [-1, 1], and labels [n] or [n, 1].
 *
 * @throws DiptychError if there is no such array, it has another shape or type, or labels do not match.
 * @example
 * const data = npzDataset(await readFile('samples.npz'), { images: 'arr_0' });
 */
export function npzDataset(bytes: Uint8Array, options: NpzDatasetOptions = {}): Dataset {
  const where = 'npzDataset';
  const { name = 'npz', classes } = options;
  const arrays = readNpz(bytes, { ...options, name });
  const pick = (wanted: string | undefined, usual: string[]) =>
    wanted ?? usual.find((candidate) => Object.hasOwn(arrays, candidate));
  const imagesName = pick(options.images, ['images', 'x', 'x_train', 'arr_0']);
  const images = imagesName === undefined ? undefined : arrays[imagesName];
  check(images, where, name, 'an archive with images', Object.keys(arrays));
  const { shape, data } = images;
  const of = `${imagesName} in ${name}`;
  check(shape.length === 3 || shape.length === 4, where, of, 'of shape [n, H, W, C] or [n, H, W]', shape);
  const numbers = data instanceof Float64Array ? Float32Array.from(data) : data;
  const known = numbers instanceof Uint8Array || numbers instanceof Float32Array;
  check(known, where, of, 'of bytes or floats', data.constructor.name);

  const labelsName = pick(options.labels, ['labels', 'label', 'y', 'y_train', 'arr_1']);
  const labels = labelsName === undefined ? undefined : arrays[labelsName];
  check(labels || options.labels === undefined, where, name, `an archive with ${labelsName}`, Object.keys(arrays));
  const [, height, width, channels = 1] = shape;
  return arrayDataset({ x: numbers, shape: [height, width, channels], label: labels?.data, classes, name });
}
