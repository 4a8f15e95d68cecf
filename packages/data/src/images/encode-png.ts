import { encode } from 'fast-png';
import { checkRaster } from './raster.ts';
import type { Raster } from './raster.ts';

/**
 * A picture as the bytes of a PNG file. Nothing is lost: `decodePng` gives the same levels back.
 *
 * @throws DiptychError if the raster does not hold width * height * channels levels, or holds numbers of another type.
 * @example
 * const bytes = encodePng(contactSheet(batch));
 */
export function encodePng(raster: Raster): Uint8Array<ArrayBuffer> {
  checkRaster('encodePng', raster);
  const { data, width, height, channels } = raster;
  // fast-png wants a plain Uint8Array view of the same bytes.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.from(encode({ data: bytes, width, height, channels, depth: 8 }));
}
