import type { Raster } from '../raster/raster.ts';

/**
 * A picture as it is to be seen, by its EXIF orientation.
 *
 * @see Pillow's `ImageOps.exif_transpose`
 */
export function upright(raster: Raster, orientation: number): Raster {
  if (orientation === 1) return raster;
  const { data, width, height, channels } = raster;
  const turned = orientation >= 5;
  const [wide, tall] = turned ? [height, width] : [width, height];
  // Which way rows and columns of what is seen run in what is stored.
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const seen = new Uint8ClampedArray(data.length);
  for (let y = 0, to = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      const [column, row] = turned ? [y, x] : [x, y];
      const from = ((mirrorY ? height - 1 - row : row) * width + (mirrorX ? width - 1 - column : column)) * channels;
      for (let c = 0; c < channels; c++) seen[to++] = data[from + c];
    }
  }
  return { data: seen, width: wide, height: tall, channels };
}
