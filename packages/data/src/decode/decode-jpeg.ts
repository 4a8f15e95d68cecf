import type { Raster } from '../raster/raster.ts';
import { checkJpeg } from './check-jpeg.ts';
import { codec } from './codec.ts';
import type { DecodeOptions } from './decode-options.ts';
import { withoutAlpha } from './without-alpha.ts';

const decode = codec(
  'decodeJpeg',
  'a whole JPEG file',
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  () => import('@jsquash/jpeg/decode.js'),
);

/**
 * The picture in a JPEG file, as RGB: mozjpeg compiled to WebAssembly, which gives the levels that libjpeg (and so Pillow)
 * gives, in Node and in browsers. A grey picture has three equal channels. Orientation in the file's metadata is followed.
 *
 * @throws DiptychError if the bytes are no whole JPEG file, or hold CMYK or more than 8 bits per channel.
 * @example
 * const { data, width, height } = await decodeJpeg(await readFile('cat.jpg'), { name: 'cat.jpg' });
 */
export async function decodeJpeg(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  const { name = 'JPEG' } = options;
  checkJpeg(bytes, name);
  return withoutAlpha(await decode(bytes, name));
}
