import type { Raster } from '../raster/raster.ts';

/**
 * A picture without its alpha, grey or RGB as wanted (default: as it is): what Pillow's `convert('RGB')` and `convert('L')` give. Grey
 * becomes three equal channels, RGB the lightness (19595 R + 38470 G + 7471 B) / 65536, rounded.
 *
 * @see Pillow's `Image.convert`
 * @example
 * const rgb = withChannels(await decodeImage(bytes), 3);
 */
export function withChannels(raster: Raster, wanted?: 1 | 3): Raster {
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
