import { check, checkIn } from '@diptych/formats/errors';
import { encode } from 'fast-png';
import { checkLevels } from './raster.ts';
import type { Raster } from './raster.ts';

/**
 * A picture as the bytes of a PNG file. Nothing is lost: `decodePng` gives the same levels back.
 *
 * @throws DiptychError if the raster does not hold width * height * channels levels, or holds numbers of another type.
 * @example
 * const bytes = encodePng(contactSheet(batch));
 */
export function encodePng({ data, width, height, channels }: Raster): Uint8Array<ArrayBuffer> {
  const sides = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  check(sides, 'encodePng', 'raster', 'at least 1x1 pixels', `${width}x${height}`);
  checkIn('encodePng', { channels }, [1, 2, 3, 4]);
  checkLevels('encodePng', 'data', data);
  const size = width * height * channels;
  check(data.length === size, 'encodePng', 'data', `${size} levels for ${width}x${height}x${channels}`, data.length);
  // fast-png wants a plain Uint8Array view of the same bytes.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.from(encode({ data: bytes, width, height, channels, depth: 8 }));
}
