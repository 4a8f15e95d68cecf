import type { Raster } from '../raster.ts';

/**
 * Orientation, 1 to 8, in EXIF data, which are a TIFF file with or without `Exif` before it; 1, upright, where there is none.
 *
 * @see CIPA DC-008 (Exif 2.32), section 4.6.4, tag 0x0112; TIFF 6.0, section 2
 */
export function exifOrientation(exif: Uint8Array): number {
  const tiff = String.fromCharCode(...exif.subarray(0, 6)) === 'Exif\0\0' ? exif.subarray(6) : exif;
  const order = String.fromCharCode(...tiff.subarray(0, 2));
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return 1;
  const little = order === 'II';
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let at = directory + 2, i = 0; i < entries && at + 12 <= tiff.length; i++, at += 12) {
    if (view.getUint16(at, little) !== 0x0112) continue;
    const orientation = view.getUint16(at + 8, little);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}

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
