import type { Raster } from '../../raster/raster.ts';

/**
 * RGB of inks that are stored inverted, as Adobe's programs and all that follow them do: 255 is no ink. `inks` holds cyan, magenta
 * and yellow as its first three channels, `black` black as its third.
 *
 * @see Pillow's `convert('RGB')` of mode CMYK
 */
export function cmykToRgb(inks: Raster, black: Raster): Raster {
  const { width, height } = inks;
  const data = new Uint8ClampedArray(width * height * 3);
  for (let p = 0; p < width * height; p++) {
    const paper = black.data[4 * p + 2];
    for (let c = 0; c < 3; c++) {
      const product = (255 - inks.data[4 * p + c]) * paper + 128;
      // (x / 255), rounded, in integers.
      data[3 * p + c] = paper - (((product >> 8) + product) >> 8);
    }
  }
  return { data, width, height, channels: 3 };
}
