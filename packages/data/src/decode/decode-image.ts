import { check } from '@diptych/formats/errors';
import type { Raster } from '../raster/raster.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import type { DecodeOptions } from './decode-options.ts';
import { decodePng } from './decode-png.ts';
import { decodeWebp } from './decode-webp.ts';

/** Bytes of an image file to pixels; throws if they are none. */
export type DecodeImage = (bytes: Uint8Array, options: { name: string }) => Raster | Promise<Raster>;

/** The decoders of the formats that are known, by file ending, lower case, with the dot. */
export const imageDecoders: Readonly<Record<string, DecodeImage>> = {
  '.png': decodePng,
  '.jpg': decodeJpeg,
  '.jpeg': decodeJpeg,
  '.webp': decodeWebp,
};

const beginnings: readonly [DecodeImage, string][] = [
  [decodePng, '\x89PNG'],
  [decodeJpeg, '\xff\xd8\xff'],
  [decodeWebp, 'RIFF'],
];

/**
 * The picture in a PNG, JPEG or WebP file, told apart by how the bytes begin.
 *
 * @throws DiptychError if the bytes are none of these, or the file cannot be read (see `decodePng`, `decodeJpeg`, `decodeWebp`).
 * @example
 * const { data, width, height, channels } = await decodeImage(await readFile(path), { name: path });
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  const { name = 'image' } = options;
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  const known = beginnings.find(([, beginning]) => start.startsWith(beginning));
  const value = `the first bytes ${Array.from(bytes.subarray(0, 4)).join(' ')}`;
  check(known, 'decodeImage', name, 'a PNG, JPEG or WebP file', value);
  return known[0](bytes, { name });
}
