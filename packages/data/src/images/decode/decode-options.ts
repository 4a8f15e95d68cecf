import { check } from '@diptych/formats/errors';
import type { RefuseImage } from './refuse-image.ts';

/** Pixels that a picture may have unless the caller says otherwise. */
export const mostPixels = 2 ** 26;

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

/** Throws unless `maxPixels` is a limit. */
export function checkMaxPixels(where: string, maxPixels: number): void {
  check(maxPixels >= 1, where, 'maxPixels', 'a number >= 1', maxPixels);
}

/** Refuses a picture without pixels, or with more than may be unpacked. */
export function checkPixelCount(width: number, height: number, maxPixels: number, refuse: RefuseImage): void {
  if (!(width > 0 && height > 0)) refuse(`has no pixels: ${width}x${height}`);
  if (width * height > maxPixels) refuse(`has ${width}x${height} pixels, more than ${maxPixels} (maxPixels)`);
}
