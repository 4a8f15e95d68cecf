import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Batch } from '@diptych/core';
import { check, DiptychError } from '@diptych/ops';
import { checkPositions } from '../dataset/check-positions.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { decodePng } from '../raster/decode-png.ts';
import type { Raster } from '../raster/raster.ts';
import { decodeJpeg } from './decode-jpeg.ts';

/** Bytes of an image file to pixels; throws if they are none. */
export type DecodeImage = (bytes: Uint8Array, options: { name: string }) => Raster | Promise<Raster>;

/** What a folder of images is read as. */
export interface ImageFolderOptions {
  /** Decoders by file ending, lower case, with the dot. Default PNG and JPEG (`.jpg`, `.jpeg`). */
  decoders?: Readonly<Record<string, DecodeImage>>;
  /** What reports call it. Default: the path. */
  name?: string;
}

/**
 * A folder of images as a data set: `<folder>/<class>/<image>`, classes and images in the order of their names, or images
 * directly in the folder, without labels. Files are read and decoded when a batch asks for them; the first image decides the
 * size of all.
 *
 * **Units** uint8; alpha is refused, grey stays grey. **Memory** nothing is kept but the names.
 *
 * @throws DiptychError if there is no image or a class folder has none; later, naming the file, if one has another size or
 * number of channels or cannot be decoded. Other endings than those of the decoders are an error too: nothing is left out
 * silently but names that begin with a dot.
 * @example
 * const train = await imageFolder('cifar/train'); // cifar/train/airplane/0000.jpg, ...
 */
export async function imageFolder(folder: string, options: ImageFolderOptions = {}): Promise<Dataset> {
  const where = 'imageFolder';
  const { decoders = { '.png': decodePng, '.jpg': decodeJpeg, '.jpeg': decodeJpeg }, name = folder } = options;
  const entries = await visible(folder);
  const classes = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const loose = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  check(classes.length === 0 || loose.length === 0, where, folder, 'class folders or images, not both', loose);

  const files: string[] = loose.map((file) => join(folder, file));
  const label: number[] = [];
  for (const [k, of] of classes.entries()) {
    const images = await visible(join(folder, of));
    check(images.length > 0, where, join(folder, of), 'a folder with images', 'an empty one');
    for (const image of images) {
      files.push(join(folder, of, image.name));
      label.push(k);
    }
  }
  check(files.length > 0, where, folder, 'a folder with images', 'none');
  for (const file of files) {
    const known = Object.hasOwn(decoders, extname(file).toLowerCase());
    check(known, where, file, `a file ending in ${Object.keys(decoders).join(', ')}`, extname(file));
  }

  const read = async (file: string): Promise<Raster> => {
    const raster = await decoders[extname(file).toLowerCase()](await readFile(file), { name: file });
    const { channels } = raster;
    check(channels === 1 || channels === 3, where, file, 'grey or RGB, without alpha', `${channels} channels`);
    return raster;
  };
  const first = await read(files[0]);
  const shape = [first.height, first.width, first.channels] as const;
  const size = first.data.length;

  return {
    name,
    length: files.length,
    shape,
    ...(classes.length > 0 && { classes }),
    async batch(indices): Promise<Batch> {
      checkPositions(indices, files.length, `${name}.batch`);
      const x = new Uint8Array(indices.length * size);
      const fill = async (i: number) => {
        const file = files[indices[i]];
        const { height, width, channels, data } = await read(file);
        const same = height === shape[0] && width === shape[1] && channels === shape[2];
        if (!same) refuse(file, `of shape [${shape}]`, [height, width, channels]);
        x.set(data, i * size);
      };
      // So many at a time: a system opens only so many files at once.
      for (let from = 0; from < indices.length; from += 64) {
        const count = Math.min(64, indices.length - from);
        await Promise.all(Array.from({ length: count }, (_, i) => fill(from + i)));
      }
      const index = Int32Array.from(indices);
      const labels = classes.length > 0 && { label: Int32Array.from(indices, (i) => label[i]) };
      return { x, shape: [indices.length, ...shape], index, ...labels };
    },
  };
}

async function visible(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  // By code units, not by locale: the order must be the same everywhere.
  return entries.filter((entry) => !entry.name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function refuse(parameter: string, rule: string, value: unknown): never {
  throw new DiptychError({ where: 'imageFolder', parameter, rule, value });
}
