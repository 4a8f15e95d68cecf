import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { toBatch } from '@diptych/data';
import { imageFolder } from '@diptych/data/node';
import { check, checkShape, fail, FormatError } from '@diptych/formats/errors';
import { numbersOf, readNpz, readSafetensors } from '@diptych/formats';
import type { HostTensors } from '@diptych/formats';
import type { LabeledRows } from '../../probes/parts/probe-labels.ts';

/** Rows with labels from a path, and what identifies them. */
export interface LabeledInput {
  data: LabeledRows;
  /** Names of the classes, where a folder has them. */
  classes?: readonly string[];
  /** For the record: path, number of rows, SHA-256 of the file or of the pixels. */
  source: { path: string; rows: number; sha256: string };
}

/**
 * `features` [n, ...] and `labels` [n] of a `.npz` or `.safetensors` file, or the raw pixels of a folder of images by class,
 * in [-1, 1].
 */
export async function readLabeled(path: string, names: { features: string; labels: string }): Promise<LabeledInput> {
  const where = 'diptych-eval probe';
  const folder = await stat(path).then(
    (found) => found.isDirectory(),
    () => check(false, where, path, 'a file or folder', 'nothing there'),
  );
  if (folder) return readPixels(path);
  check(
    /\.(npz|safetensors)$/.test(path),
    where,
    path,
    'a .npz or .safetensors file, or a folder of images by class',
    path,
  );
  const bytes = await readFile(path);
  const npz = path.endsWith('.npz') ? readNpz(bytes, { name: path }) : undefined;
  const arrays = npz ?? readSafetensors(bytes).tensors;
  for (const name of [names.features, names.labels]) {
    if (!Object.hasOwn(arrays, name))
      throw new FormatError(where, `${path} has no array ${name}, only ${Object.keys(arrays).join(', ') || 'none'}`);
  }
  const numbers = (name: string): ArrayLike<number> => npz?.[name].data ?? numbersOf((arrays as HostTensors)[name]);
  const { shape } = arrays[names.features];
  const data = numbers(names.features);
  const [count, ...rest] = shape;
  checkShape(where, { [`${names.features} of ${path}`]: { shape } }, ['n', 'C', '...']);
  const labels = arrays[names.labels];
  checkShape(where, { [`${names.labels} of ${path}`]: labels }, [count]);
  const rows = data instanceof Float32Array || data instanceof Float64Array ? data : Float32Array.from(data);
  const dims = rest.reduce((a, b) => a * b, 1);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { data: { rows, dims, labels: numbers(names.labels) }, source: { path, rows: count, sha256 } };
}

async function readPixels(path: string): Promise<LabeledInput> {
  const images = await imageFolder(path);
  if (!images.classes)
    fail(
      'diptych-eval probe',
      `${path} has loose images; a probe takes a folder with a folder of images for each class`,
    );
  const { x, label } = await toBatch(images);
  const sha256 = createHash('sha256').update(x).update(label!).digest('hex');
  const rows = Float32Array.from(x, (level) => level / 127.5 - 1);
  const [height, width, channels] = images.shape;
  return {
    data: { rows, dims: height * width * channels, labels: label! },
    classes: images.classes,
    source: { path, rows: images.length, sha256 },
  };
}
