import { refuseFile, type RefuseFile } from '@diptych/formats/errors';
import type { Raster } from '../raster.ts';
import { codec, opaque } from './codec.ts';
import { checkDecode, checkPixelCount, mostPixels } from './decode-options.ts';
import type { DecodeOptions } from './decode-options.ts';
import { upright } from './exif-orientation.ts';
import { readWebp } from './webp/read-webp.ts';

const where = 'decodeWebp';
const decode = codec('@jsquash/webp/codec/dec/webp_dec.wasm', () => import('@jsquash/webp/decode.js'));

/**
 * The picture in a WebP file, lossy or lossless, as RGB, or as RGBA if it has an alpha channel: libwebp compiled to
 * WebAssembly, in Node and in browsers. As it is stored, unless `exifTranspose` is set.
 *
 * @throws FormatError if the bytes are no whole WebP file, the picture has more pixels than `maxPixels`, or the file is an animation.
 * @example
 * const { data, width, height } = await decodeWebp(await readFile('cat.webp'), { name: 'cat.webp' });
 */
export async function decodeWebp(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  const { name = 'WebP', maxPixels = mostPixels, exifTranspose = false } = checkDecode(where, bytes, options);
  const refuse = refuseFile(where, name);
  const broken: RefuseFile = (what, options) => refuse(`is not a whole WebP file: ${what}`, options);
  const file = readWebp(bytes, refuse);
  checkPixelCount(file.width, file.height, maxPixels, refuse);
  const rgba = await decode(file.bytes, broken);
  const raster = file.hasAlpha ? rgba : opaque(rgba);
  return exifTranspose ? upright(raster, file.orientation) : raster;
}
