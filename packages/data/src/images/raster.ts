import { check, checkRule, rules } from '@diptych/formats/errors';

/** A picture as 8-bit levels: what a PNG holds and a canvas shows. */
export interface Raster {
  /** Row-major, channels interleaved; with 4 channels it fits `new ImageData(data, width, height)`. */
  data: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  channels: 1 | 2 | 3 | 4;
}

/** Red, green, blue, each 0..255. */
export type Rgb = readonly [number, number, number];

/** Throws unless numbers are levels by their type; floats would be cut off to 0 and 1, or written byte by byte. */
export function checkLevels(where: string, parameter: string, data: unknown): void {
  const isLevels = data instanceof Uint8ClampedArray || data instanceof Uint8Array;
  check(isLevels, where, parameter, 'a Uint8ClampedArray of levels 0..255 (signedToBytes makes them of pixels)', data);
}

/** Throws unless this is a picture. */
export function checkRaster(where: string, raster: unknown, parameter = 'raster'): asserts raster is Raster {
  checkRule(where, parameter, rules.record, raster);
  const { data, width, height, channels } = raster as Raster;
  const of = parameter === 'raster' ? '' : `${parameter}.`;
  checkRule(where, `${of}width`, rules.count, width);
  checkRule(where, `${of}height`, rules.count, height);
  checkRule(where, `${of}channels`, rules.oneOf(1, 2, 3, 4), channels);
  checkLevels(where, `${of}data`, data);
  const size = width * height * channels;
  check(data.length === size, where, `${of}data`, `${size} levels for ${width}x${height}x${channels}`, data.length);
}

/** The rule of a colour. */
export const rgbRule = rules.list(rules.integerIn(0, 255));

/**
 * A picture without its alpha, grey or RGB as wanted (default: as it is): what Pillow's `convert('RGB')` and `convert('L')` give. Grey
 * becomes three equal channels, RGB the lightness (19595 R + 38470 G + 7471 B) / 65536, rounded.
 *
 * @see Pillow's `Image.convert`
 * @example
 * const rgb = withChannels(await decodeImage(bytes), 3);
 */
export function withChannels(raster: Raster, wanted?: 1 | 3): Raster {
  checkRaster('withChannels', raster);
  if (wanted !== undefined) checkRule('withChannels', 'wanted', rules.oneOf(1, 3), wanted);
  const { data, width, height, channels } = raster;
  const colors = channels <= 2 ? 1 : 3;
  const to = wanted ?? colors;
  if (to === channels) return raster;
  const converted = new Uint8ClampedArray(width * height * to);
  for (let p = 0; p < width * height; p++) {
    const at = p * channels;
    if (to < colors) {
      converted[p] = (19595 * data[at] + 38470 * data[at + 1] + 7471 * data[at + 2] + 32768) >> 16;
      continue;
    }
    for (let c = 0; c < to; c++) converted[p * to + c] = data[at + (colors === 1 ? 0 : c)];
  }
  return { data: converted, width, height, channels: to };
}
