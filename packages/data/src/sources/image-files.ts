import type { Batch } from '@diptych/core';
import { check, DiptychError } from '@diptych/formats/errors';
import { checkPositions } from '../dataset/check-positions.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { imageDecoders } from '../decode/decode-image.ts';
import type { DecodeImage } from '../decode/decode-image.ts';
import type { Raster } from '../raster/raster.ts';

/** How image files are read, wherever they lie. */
export interface ImageFileOptions {
  /** What reports call the set. Default: where it lies. */
  name?: string;
  /** Decoders by file ending, lower case, with the dot. Default PNG, JPEG (`.jpg`, `.jpeg`) and WebP. */
  decoders?: Readonly<Record<string, DecodeImage>>;
  /** Applied to every image once it is decoded: makes one size of many, see `fitSquare`. Default: as they are. */
  fit?: (image: Raster) => Raster;
  /**
   * Reads every image once in the beginning and leaves out what cannot be used; `skipped` says what and why. Default false:
   * the batch that meets such an image fails and names it.
   */
  skipBad?: boolean;
}

/** An image that was left out. */
export interface SkippedImage {
  readonly file: string;
  /** What was wrong with it; the message of the error that it would have been. */
  readonly reason: string;
}

/** A data set that knows which file each image comes from. */
export interface ImageFileDataset extends Dataset {
  /** The file of every image. */
  readonly files: readonly string[];
  /** What `skipBad` left out. */
  readonly skipped: readonly SkippedImage[];
}

/** Files that lie somewhere. */
export interface ImageFiles {
  where: string;
  /** Path of each, which messages name. */
  files: readonly string[];
  /** Bytes of one of them. */
  read(file: string): Uint8Array | Promise<Uint8Array>;
  /** Class of each. */
  label?: ArrayLike<number>;
  classes?: readonly string[];
}

/** How many are read at a time: a system opens only so many files at once. */
const atOnce = 64;

/** The data set of these files; the first image that can be read decides the size of all. */
export async function imageFiles(source: ImageFiles, options: ImageFileOptions): Promise<ImageFileDataset> {
  const { where, classes } = source;
  const { decoders = imageDecoders, name = where, fit = (image: Raster) => image, skipBad = false } = options;
  const checkEnding = (file: string) => {
    const known = Object.hasOwn(decoders, ending(file));
    check(known, where, file, `a file ending in ${Object.keys(decoders).join(', ')}`, ending(file));
  };
  if (!skipBad) source.files.forEach(checkEnding);

  const read = async (file: string): Promise<Raster> => {
    checkEnding(file);
    const image = fit(await decoders[ending(file)](await source.read(file), { name: file }));
    const { channels } = image;
    check(channels === 1 || channels === 3, where, file, 'grey or RGB, without alpha', `${channels} channels`);
    return image;
  };
  const skipped: SkippedImage[] = [];
  const skip = (file: string, error: unknown) => {
    // The file system's own troubles are not the image's.
    if (!skipBad || !DiptychError.isInstance(error)) throw error;
    skipped.push({ file, reason: error.message });
  };

  let shape: readonly [number, number, number] | undefined;
  let first = 0;
  for (; first < source.files.length && !shape; first++) {
    try {
      const { height, width, channels } = await read(source.files[first]);
      shape = [height, width, channels];
    } catch (error) {
      skip(source.files[first], error);
    }
  }
  check(shape, where, name, 'a set with an image that can be read', `${skipped.length} bad ones`);
  const [height, width, channels] = shape;
  const size = height * width * channels;

  const readSame = async (file: string): Promise<Raster> => {
    const image = await read(file);
    const found = [image.height, image.width, image.channels];
    check(String(found) === String(shape), where, file, `of shape [${shape}]`, found);
    return image;
  };
  const usable = skipBad ? [first - 1] : Array.from(source.files.keys());
  for (let from = first; skipBad && from < source.files.length; from += atOnce) {
    const some = source.files.slice(from, from + atOnce);
    const results = await Promise.allSettled(some.map(readSame));
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') usable.push(from + i);
      else skip(some[i], result.reason);
    }
  }

  const files = usable.map((i) => source.files[i]);
  const label = source.label && Int32Array.from(usable, (i) => source.label![i]);
  // A class that had no image before is none of what was skipped.
  const before = new Set(Array.from(source.label ?? []));
  for (const [k, of] of (skipBad && classes ? classes : []).entries()) {
    check(!before.has(k) || label!.includes(k), where, `class ${of} of ${name}`, 'left with an image', 'none');
  }
  return {
    name,
    length: files.length,
    shape,
    files,
    skipped,
    ...(classes && { classes }),
    async batch(indices): Promise<Batch> {
      checkPositions(indices, files.length, `${name}.batch`);
      const x = new Uint8Array(indices.length * size);
      const fill = async (i: number) => x.set((await readSame(files[indices[i]])).data, i * size);
      for (let from = 0; from < indices.length; from += atOnce) {
        const count = Math.min(atOnce, indices.length - from);
        await Promise.all(Array.from({ length: count }, (_, i) => fill(from + i)));
      }
      const index = Int32Array.from(indices);
      return { x, shape: [indices.length, ...shape], index, ...(label && { label: index.map((i) => label[i]) }) };
    },
  };
}

function ending(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.includes('.') ? base.slice(base.lastIndexOf('.')).toLowerCase() : '';
}
