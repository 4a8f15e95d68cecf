import { withChannels } from '../raster.ts';
import type { Raster } from '../raster.ts';
import { codec } from './codec.ts';
import { checkPixelCount } from './decode-options.ts';
import type { DecodeOptions } from './decode-options.ts';
import { upright } from './exif-orientation.ts';
import { readWebp } from './webp/read-webp.ts';

const decode = codec(
  'decodeWebp',
  'a whole WebP file',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
  () => import('@jsquash/webp/decode.js'),
);

/**
 * The picture in a WebP file, lossy or lossless, as RGB, or as RGBA if it has an alpha channel: libwebp compiled to
 * WebAssembly, in Node and in browsers. As it is stored, unless `exifTranspose` is set.
 *
 * @throws DiptychError if the bytes are no whole WebP file, the picture has more pixels than `maxPixels`, or the file is an animation.
 * @example
 * const { data, width, height } = await decodeWebp(await readFile('cat.webp'), { name: 'cat.webp' });
 */
export async function decodeWebp(
  bytes: Uint8Array,
  { name = 'WebP', maxPixels, exifTranspose = false }: DecodeOptions = {},
): Promise<Raster> {
  const file = readWebp(bytes, name);
  checkPixelCount('decodeWebp', name, file.width, file.height, maxPixels);
  const rgba = await decode(file.bytes, name);
  const raster = file.hasAlpha ? rgba : withChannels(rgba, 3);
  return exifTranspose ? upright(raster, file.orientation) : raster;
}
