import type { Raster } from '../raster/raster.ts';

/** Red, green and blue of an RGBA picture whose alpha says nothing. */
export function withoutAlpha({ data, width, height }: Raster): Raster {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = data[from];
    rgb[to++] = data[from + 1];
    rgb[to++] = data[from + 2];
  }
  return { data: rgb, width, height, channels: 3 };
}
