import { DiptychError, reasonOf, refuseFile } from '@diptych/formats/errors';
import type { Raster } from '../raster.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import { checkDecode, type DecodeOptions } from './decode-options.ts';
import { decodePng } from './decode-png.ts';
import { decodeWebp } from './decode-webp.ts';

/** Bytes of an image file to pixels; throws if they are none. */
export type DecodeImage = (bytes: Uint8Array, options: DecodeOptions & { name: string }) => Raster | Promise<Raster>;

const beginnings: readonly [DecodeImage, string][] = [
  [decodePng, '\x89PNG'],
  [decodeJpeg, '\xff\xd8\xff'],
  [decodeWebp, 'RIFF'],
];

/** Formats that are known by name alone. */
const others: readonly [string, string][] = [
  ['GIF8', 'a GIF file'],
  ['BM', 'a BMP file'],
  ['II*\0', 'a TIFF file'],
  ['MM\0*', 'a TIFF file'],
  ['\0\0\x01\0', 'an icon file'],
  ['8BPS', 'a Photoshop file'],
  ['%PDF', 'a PDF file'],
];

/**
 * The picture in a PNG, JPEG or WebP file, told apart by how the bytes begin.
 *
 * @throws FormatError if the bytes are none of these, or the file cannot be read (see `decodePng`, `decodeJpeg`, `decodeWebp`).
 * @example
 * const { data, width, height, channels } = await decodeImage(await readFile(path), { name: path });
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  return decodeAs(undefined, bytes, options);
}

/** By how the bytes begin; where that says nothing, as what the file is called, so that the message is that format's. */
async function decodeAs(called: DecodeImage | undefined, bytes: Uint8Array, options: DecodeOptions): Promise<Raster> {
  const where = 'decodeImage';
  const { name = 'image' } = checkDecode(where, bytes, options);
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  const other = others.find(([beginning]) => start.startsWith(beginning));
  const decode = beginnings.find(([, beginning]) => start.startsWith(beginning))?.[0] ?? (other ? undefined : called);
  const refuse = refuseFile(where, name);
  const found = other?.[1] ?? `a file that begins with the bytes ${Array.from(bytes.subarray(0, 4)).join(' ')}`;
  if (!decode) return refuse(`is not a PNG, JPEG or WebP file, but ${found}`);
  try {
    return await decode(bytes, { ...options, name });
  } catch (cause) {
    if (DiptychError.isInstance(cause)) throw cause;
    return refuse(`cannot be decoded: ${reasonOf(cause)}`, { cause });
  }
}

const contentOr =
  (called: DecodeImage): DecodeImage =>
  (bytes, options) =>
    decodeAs(called, bytes, options);

/**
 * Decoders by file ending, lower case, with the dot. What a file is decides how it is read, not what it is called: a PNG picture
 * named `1.JPEG` is read.
 */
export const imageDecoders: Readonly<Record<string, DecodeImage>> = {
  '.png': contentOr(decodePng),
  '.jpg': contentOr(decodeJpeg),
  '.jpeg': contentOr(decodeJpeg),
  '.webp': contentOr(decodeWebp),
};
