import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Batch } from '@diptych/core';
import { isHidden, npyImages } from '@diptych/data/datasets';
import { readableEntries, readNpz, unzip } from '@diptych/formats';
import { check, checkOptions, checkRule, DiptychError, fail, FormatError, rules } from '@diptych/formats/errors';
import type { ImageSet } from '../../metrics/measure/image-set.ts';
import { momentsFromNpz } from '../../features/moments-npz.ts';
import { imageFileBatches, imageFilesRules } from './image-file-batches.ts';
import type { ImageFilesOptions } from './image-file-batches.ts';

/** Images or statistics that lie at a path. */
export interface OpenedImages {
  set: ImageSet;
  /** Number of images, good and bad, if it is known before they are read. */
  count?: number;
}

/**
 * What lies at a path, as a set to be measured: a folder of images (folders in it too, whatever their names), a zip of images,
 * a `.npz` of images (one array [N, H, W, C], as ADM's samples; see `npyImages` for what its numbers mean) or of statistics (`mu` and `sigma`).
 *
 * Images may have any sizes. They are read when the metric asks for them, in the order of their names.
 *
 * @throws DiptychError if there is nothing at the path, no image in it, or arrays are of other kinds; later, naming the file, if
 * an image is damaged (but see `skipBad`)
 * @example
 * const { set } = await openImages('samples.zip', { skipBad: true, onSkip: (file) => console.error(file) });
 */
export async function openImages(path: string, options: ImageFilesOptions = {}): Promise<OpenedImages> {
  const where = 'openImages';
  checkRule(where, 'path', rules.text, path);
  checkOptions(where, options, imageFilesRules);
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const details = { where, parameter: path, rule: 'a folder, a .zip or a .npz file', value: cause.code };
    throw new DiptychError(details, { cause });
  });
  if (found.isDirectory()) {
    const files = await filesBelow(path);
    if (files.length === 0) fail(where, `${path} is a folder without images`);
    return {
      set: imageFileBatches({ name: path, files, read: (file) => readFile(file) }, options),
      count: files.length,
    };
  }
  const ending = extname(path).toLowerCase();
  check(ending === '.zip' || ending === '.npz', where, path, 'a folder, a .zip or a .npz file', ending);
  const bytes = await readFile(path);
  if (ending === '.zip') {
    const contents = unzip(bytes, { name: path });
    const files = [...contents.keys()].filter((file) => file !== 'dataset.json' && !isHidden(file)).sort();
    if (files.length === 0) throw new FormatError(where, `${path} is an archive without images`);
    const named = files.map((file) => `${path}/${file}`);
    const read = (file: string) => contents.get(file.slice(path.length + 1))!;
    return { set: imageFileBatches({ name: path, files: named, read }, options), count: files.length };
  }
  const arrays = readNpz(bytes, { name: path });
  if (Object.hasOwn(arrays, 'mu')) return { set: momentsFromNpz(bytes, { name: path }) };
  const [array] = readableEntries(arrays).find(([, { shape }]) => shape.length === 4) ?? [];
  if (array === undefined)
    throw new FormatError(
      where,
      `${path} has neither mu and sigma nor images [N, H, W, C], only ${Object.keys(arrays).join(', ') || 'nothing'}`,
    );
  const content = unzip(bytes, { name: path }).get(`${array}.npy`)!;
  const images = npyImages(content, { name: `${array}.npy in ${path}` });
  return { set: arrayBatches(images, options.batchSize ?? 32), count: images.shape[0] };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !isHidden(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const nested = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    }),
  );
  return nested.flat();
}

function* arrayBatches({ x: all, shape }: Pick<Batch, 'x' | 'shape'>, batchSize: number): Generator<Batch, void, void> {
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  for (let from = 0; from < count; from += batchSize) {
    const some = Math.min(batchSize, count - from);
    const x = all.subarray(from * size, (from + some) * size);
    yield { x, shape: [some, height, width, channels] };
  }
}
