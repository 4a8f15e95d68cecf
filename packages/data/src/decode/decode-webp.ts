import type { Raster } from '../raster/raster.ts';
import { checkWebp } from './check-webp.ts';
import { codec } from './codec.ts';
import type { DecodeOptions } from './decode-options.ts';
import { withoutAlpha } from './without-alpha.ts';

const decode = codec(
  'decodeWebp',
  'a whole WebP file',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
  () => import('@jsquash/webp/decode.js'),
);

/**
 * The picture in a WebP file, lossy or lossless, as RGB, or as RGBA if it has an alpha channel: libwebp compiled to
 * WebAssembly, in Node and in browsers.
 *
 * @throws DiptychError if the bytes are no whole WebP file, or an animation.
 * @example
 * const { data, width, height } = await decodeWebp(await readFile('cat.webp'), { name: 'cat.webp' });
 */
export async function decodeWebp(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  const { name = 'WebP' } = options;
  const hasAlpha = checkWebp(bytes, name);
  const raster = await decode(bytes, name);
  return hasAlpha ? raster : withoutAlpha(raster);
}
