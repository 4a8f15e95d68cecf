import { checkOptions, checkRule, type OptionRules, type Rule, rules, type RefuseFile } from '@diptych/formats/errors';

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

export const decodeRules: OptionRules<DecodeOptions> = {
  name: rules.text,
  maxPixels: { words: 'a number >= 1', holds: (value) => typeof value === 'number' && value >= 1 },
  exifTranspose: rules.flag,
};

const bytesRule: Rule = { words: 'a Uint8Array', holds: (value) => value instanceof Uint8Array };

/** What every decoder is given. */
export function checkDecode(where: string, bytes: Uint8Array, options: DecodeOptions): DecodeOptions {
  checkRule(where, 'bytes', bytesRule, bytes);
  return checkOptions(where, options, decodeRules);
}

/** Refuses a picture without pixels, or with more than may be unpacked. */
export function checkPixelCount(width: number, height: number, maxPixels: number, refuse: RefuseFile): void {
  if (!(width > 0 && height > 0)) refuse(`has no pixels: ${width}x${height}`);
  if (width * height > maxPixels) refuse(`has ${width}x${height} pixels, more than ${maxPixels} (maxPixels)`);
}
