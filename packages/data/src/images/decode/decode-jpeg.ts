import { DiptychError } from '@diptych/formats/errors';
import { withChannels } from '../raster.ts';
import type { Raster } from '../raster.ts';
import { codec } from './codec.ts';
import { checkPixelCount } from './decode-options.ts';
import type { DecodeOptions } from './decode-options.ts';
import { readJpeg } from './jpeg/read-jpeg.ts';
import type { JpegFile } from './jpeg/read-jpeg.ts';
import { withoutComponent } from './jpeg/without-component.ts';
import { upright } from './exif-orientation.ts';

const where = 'decodeJpeg';
const decode = codec(
  where,
  'a whole JPEG file',
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  () => import('@jsquash/jpeg/decode.js'),
);

/**
 * The picture in a JPEG file, as RGB: mozjpeg compiled to WebAssembly, which gives the levels that libjpeg (and so Pillow)
 * gives, in Node and in browsers. A grey picture has three equal channels; CMYK and YCCK become RGB as by Pillow's
 * `convert('RGB')`, which takes inks for inverted and knows no colour profile. The picture is given as it is stored, whatever its
 * orientation, unless `exifTranspose` is set.
 *
 * @throws DiptychError if the bytes are no whole JPEG file, the picture has more pixels than `maxPixels`, more than 8 bits per
 * channel or two components, or is coded arithmetically, without loss or hierarchically.
 * @see ITU-T T.81; ITU-T T.872 for Adobe's marker
 * @example
 * const { data, width, height } = await decodeJpeg(await readFile('cat.jpg'), { name: 'cat.jpg' });
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  { name = 'JPEG', maxPixels, exifTranspose = false }: DecodeOptions = {},
): Promise<Raster> {
  const file = readJpeg(bytes, name);
  checkPixelCount(where, name, file.width, file.height, maxPixels);
  const raster = file.components === 4 ? await decodeInks(file, name) : withChannels(await decode(file.bytes, name), 3);
  return exifTranspose ? upright(raster, file.orientation) : raster;
}

/** The decoder gives three components at a time. */
async function decodeInks({ bytes, transform }: JpegFile, name: string): Promise<Raster> {
  // Adobe's marker with anything but "none" means YCCK; without the marker there is nothing to be undone.
  const isYcck = transform !== undefined && transform !== 0;
  const [first, second] = [part(bytes, 3, isYcck ? 1 : 0, name), part(bytes, 1, 0, name)];
  const [inks, black] = [await decode(first, name), await decode(second, name)];
  // Of YCCK the three others are what YCbCr gives, turned round.
  if (isYcck) inks.data.forEach((level, i) => (inks.data[i] = 255 - level));
  return cmykToRgb(inks, black);
}

function part(bytes: Uint8Array, dropped: number, transform: 0 | 1, name: string): Uint8Array {
  try {
    return withoutComponent(bytes, dropped, transform);
  } catch (cause) {
    const value = cause instanceof Error ? cause.message : String(cause);
    throw new DiptychError({ where, parameter: name, rule: 'a whole JPEG file', value }, { cause });
  }
}

/**
 * RGB of inks that are stored inverted, as Adobe's programs and all that follow them do: 255 is no ink. `inks` holds cyan, magenta
 * and yellow as its first three channels, `black` black as its third.
 *
 * @see Pillow's `convert('RGB')` of mode CMYK
 */
function cmykToRgb(inks: Raster, black: Raster): Raster {
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
