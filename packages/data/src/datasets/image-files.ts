import type { Batch } from '@diptych/core';
import {
  checkRule,
  describeValue,
  DiptychError,
  fail,
  type OptionRules,
  rules,
  reasonOf,
  refuseFile,
} from '@diptych/formats/errors';
import { checkPositions } from '../dataset/dataset.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { imageDecoders } from '../images/decode/decode-image.ts';
import type { DecodeImage } from '../images/decode/decode-image.ts';
import { decodeRules, type DecodeOptions } from '../images/decode/decode-options.ts';
import { checkRaster, withChannels } from '../images/raster.ts';
import type { Raster } from '../images/raster.ts';

/** How image files are read, wherever they lie. */
export interface ImageFileOptions {
  /** What reports call the set. Default: where it lies. */
  name?: string;
  /**
   * Decoders by file ending, lower case, with the dot. Default `.png`, `.jpg`, `.jpeg` and `.webp`, read as what their content is,
   * whichever of these they are called.
   */
  decoders?: Readonly<Record<string, DecodeImage>>;
  /** 1: grey, as Pillow's `convert('L')`; 3: RGB. Default: those of the first image; grey ones among RGB become RGB. */
  channels?: 1 | 3;
  /** Pixels that an image may have: larger ones are refused by their headers. Default 2^26. */
  maxPixels?: number;
  /** Turn and mirror images as their EXIF orientation says. Default false: as they are stored, as torchvision reads them. */
  exifTranspose?: boolean;
  /** Applied to every image once it is decoded, grey or RGB: makes one size of many, see `centerCropResize`. Default: as they are. */
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
/** What opens files of images checks its options by these before it hands them on. */
export const imageFileRules: OptionRules<ImageFileOptions> = {
  ...decodeRules,
  decoders: rules.record,
  channels: rules.oneOf(1, 3),
  fit: rules.callback,
  skipBad: rules.flag,
};

const atOnce = 64;

/** The data set of these files; the first image that can be read decides the size of all. */
export async function imageFiles(source: ImageFiles, options: ImageFileOptions): Promise<ImageFileDataset> {
  const { where, classes } = source;
  const { decoders = imageDecoders, name = where, fit = (image: Raster) => image, skipBad = false } = options;
  const { maxPixels, exifTranspose } = options;
  let wanted = options.channels;
  const refuse = (file: string, sentence: string): never => refuseFile(where, file)(sentence);
  const checkEnding = (file: string) => {
    const known = Object.hasOwn(decoders, ending(file));
    if (!known) refuse(file, `does not end in ${Object.keys(decoders).join(', ')}`);
  };
  if (!skipBad) source.files.forEach(checkEnding);

  const read = async (file: string): Promise<Raster> => {
    checkEnding(file);
    const bytes = await source.read(file);
    const image = await decodeOrThrow(decoders[ending(file)], bytes, { name: file, maxPixels, exifTranspose }, where);
    const fitted = fit(withChannels(image, wanted));
    checkRaster(where, fitted, 'image that fit returns');
    return fitted;
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
      if (channels !== 1 && channels !== 3)
        refuse(source.files[first], `has ${channels} channels, but grey or RGB is needed`);
      shape = [height, width, channels];
      // Grey among RGB becomes RGB; colours among grey are for the caller to drop.
      if (channels === 3) wanted = 3;
    } catch (error) {
      skip(source.files[first], error);
    }
  }
  if (!shape) fail(where, `${name} has no image that can be read, but ${skipped.length} bad ones`);
  const [height, width, channels] = shape;
  const size = height * width * channels;

  const readSame = async (file: string): Promise<Raster> => {
    const image = await read(file);
    const found = [image.height, image.width, image.channels];
    const remedy = shape![2] === 1 && image.channels === 3 ? ' (channels: 3 makes all of them RGB)' : '';
    if (String(found) !== String(shape))
      refuse(file, `is of shape [${found}], but the first image of [${shape}]${remedy}`);
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
    if (before.has(k) && !label!.includes(k))
      fail(where, `class ${describeValue(of)} of ${name} is left without an image`);
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

/** What a decoder does not say itself is said with the name of the file, so that `skipBad` can go on. */
async function decodeOrThrow(
  decode: DecodeImage,
  bytes: Uint8Array,
  options: DecodeOptions & { name: string },
  where: string,
): Promise<Raster> {
  try {
    return await decode(bytes, options);
  } catch (cause) {
    if (DiptychError.isInstance(cause)) throw cause;
    return refuseFile(where, options.name)(`cannot be decoded: ${reasonOf(cause)}`, { cause });
  }
}

function ending(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.includes('.') ? base.slice(base.lastIndexOf('.')).toLowerCase() : '';
}

/** What systems leave behind in folders and archives: names with a dot in front (`.DS_Store`, `._x`) and those of macOS and Windows. */
const leftBehind = new Set(['__macosx', 'thumbs.db', 'desktop.ini']);

/**
 * Whether a path, or a folder on it, belongs to a system and not to a set of files: the rule of all folders and archives of images.
 *
 * @example
 * isHidden('__MACOSX/cat/._1.png'); // true
 */
export function isHidden(path: string): boolean {
  checkRule('isHidden', 'path', rules.text, path);
  return path.split('/').some((part) => part.startsWith('.') || leftBehind.has(part.toLowerCase()));
}
