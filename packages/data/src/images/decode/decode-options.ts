import { check } from '@diptych/formats/errors';

/** How an image file is read. */
export interface DecodeOptions {
  /** What messages call the file. Default: its format. */
  name?: string;
  /** Pixels that a picture may have: more are refused by what the header says, before anything is unpacked. Default 2^26. */
  maxPixels?: number;
  /**
   * Turn and mirror the picture as its EXIF orientation says, as Pillow's `ImageOps.exif_transpose` does. Default false: the
   * picture as it is stored, which is what Pillow, torchvision's `ImageFolder` and the tools for FID read.
   */
  exifTranspose?: boolean;
}

/** Throws unless a picture of this size may be unpacked. */
export function checkPixelCount(where: string, name: string, width: number, height: number, maxPixels = 2 ** 26): void {
  check(maxPixels >= 1, where, 'maxPixels', 'a number >= 1', maxPixels);
  check(width > 0 && height > 0, where, name, 'at least 1x1 pixels', `${width}x${height}`);
  const rule = `at most ${maxPixels} pixels (maxPixels)`;
  check(width * height <= maxPixels, where, name, rule, `${width}x${height}`);
}
