import { check, DiptychError } from '@diptych/formats/errors';
import { convertIndexedToRgb, decode } from 'fast-png';
import type { DecodedPng } from 'fast-png';
import type { Raster } from '../raster/raster.ts';
import type { DecodeOptions } from './decode-options.ts';

/**
 * The picture in a PNG file of 8 bits per channel, or with a palette (which becomes RGB or RGBA).
 *
 * @throws DiptychError if the bytes are no whole PNG, an animation, or hold 16-bit or packed grey levels: those do not fit
 * 8 bits without a choice that is the caller's.
 * @example
 * const { data, width, height, channels } = decodePng(bytes, { name: 'cat.png' });
 */
export function decodePng(bytes: Uint8Array, options: DecodeOptions = {}): Raster {
  const { name = 'PNG' } = options;
  const png = decodeOrThrow(bytes, name);
  check(!isAnimation(bytes), 'decodePng', name, 'one picture', 'an animation');
  const { width, height } = png;
  if (png.palette) {
    const channels = png.palette[0].length === 4 ? 4 : 3;
    const levels = convertIndexedToRgb(png);
    return { data: Uint8ClampedArray.from(levels), width, height, channels };
  }
  check(png.depth === 8, 'decodePng', name, 'of 8 bits per channel', `${png.depth} bits`);
  const channels = png.channels as Raster['channels'];
  const size = width * height * channels;
  check(png.data.length === size, 'decodePng', name, `${size} levels long`, png.data.length);
  return { data: Uint8ClampedArray.from(png.data), width, height, channels };
}

function decodeOrThrow(bytes: Uint8Array, name: string): DecodedPng {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const details = { where: 'decodePng', parameter: name, rule: 'a whole PNG file', value: reason };
    throw new DiptychError(details, { cause });
  }
}

/** Whether an animation control chunk stands before the picture. */
function isAnimation(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (kind === 'acTL' || kind === 'IDAT') return kind === 'acTL';
  }
  return false;
}
