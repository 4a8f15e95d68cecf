import { check } from '@diptych/formats/errors';

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
  check(isLevels, where, parameter, 'a Uint8ClampedArray of levels 0..255 (toBytes makes them of pixels)', data);
}
