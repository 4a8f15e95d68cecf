import { extname } from 'node:path';
import type { Batch } from '@diptych/core';
import { decodeImage } from '@diptych/data';
import { withChannels } from '@diptych/data/images';
import type { DecodeOptions } from '@diptych/data';
import { check, DiptychError, fail, rules, type OptionRules } from '@diptych/formats/errors';

/** Image files of any sizes, by name. */
export interface ImageFiles {
  /** What messages call all of them. */
  name: string;
  files: readonly string[];
  read(file: string): Uint8Array | Promise<Uint8Array>;
}

/** What to do with a file that holds no image. */
export interface ImageFilesOptions extends Omit<DecodeOptions, 'name'> {
  /** Go on without bad files and tell of each; otherwise the first one is an error that names it. */
  skipBad?: boolean;
  /** Told of each file that was left out. */
  onSkip?: (file: string, reason: string) => void;
  /** Images per batch, at most; images of another size begin a new one. Default 32. */
  batchSize?: number;
}

export const imageFilesRules: OptionRules<ImageFilesOptions> = {
  skipBad: rules.flag,
  onSkip: rules.callback,
  batchSize: rules.count,
  maxPixels: rules.count,
  exifTranspose: rules.flag,
};

const endings = ['.png', '.jpg', '.jpeg', '.webp'];

/** The images as batches of equal size; a set may hold images of many sizes, since protocols resize each. */
export async function* imageFileBatches(
  { name, files, read }: ImageFiles,
  { skipBad = false, onSkip, batchSize = 32, maxPixels, exifTranspose }: ImageFilesOptions = {},
): AsyncGenerator<Batch, void, void> {
  let group: { x: Uint8ClampedArray; shape: [number, number, number] }[] = [];
  let good = 0;
  for (const file of files) {
    try {
      const image = await decode(file, await read(file), { maxPixels, exifTranspose });
      good++;
      if (group.length > 0 && group[0].shape.join() !== image.shape.join()) {
        yield asBatch(group);
        group = [];
      }
      group.push(image);
    } catch (error) {
      if (!skipBad || !DiptychError.isInstance(error)) throw error;
      onSkip?.(file, error.message);
    }
    if (group.length === batchSize) {
      yield asBatch(group);
      group = [];
    }
  }
  if (good === 0) fail('imageFileBatches', `${name} has no sound image: ${files.length} files, all bad`);
  if (group.length > 0) yield asBatch(group);
}

/** Alpha is dropped, as the tools for FID that are built on Pillow drop it; gray stays gray until it is prepared. */
async function decode(file: string, bytes: Uint8Array, options: DecodeOptions) {
  const known = endings.includes(extname(file).toLowerCase());
  check(known, 'imageFileBatches', file, `a file ending in ${endings.join(', ')}`, extname(file));
  const { data, width, height, channels } = withChannels(await decodeImage(bytes, { ...options, name: file }));
  return { x: data, shape: [height, width, channels] as [number, number, number] };
}

function asBatch(group: readonly { x: Uint8ClampedArray; shape: [number, number, number] }[]): Batch {
  const [{ x, shape }] = group;
  const all = new Uint8Array(group.length * x.length);
  group.forEach((image, i) => all.set(image.x, i * x.length));
  return { x: all, shape: [group.length, ...shape] };
}
