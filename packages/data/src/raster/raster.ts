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
