import { reasonOf, refuseFile, type RefuseFile } from '@diptych/formats/errors';
import type { Raster } from '../raster.ts';
import { codec, opaque } from './codec.ts';
import { checkDecode, checkPixelCount, mostPixels } from './decode-options.ts';
import type { DecodeOptions } from './decode-options.ts';
import { readJpeg } from './jpeg/read-jpeg.ts';
import type { JpegFile } from './jpeg/read-jpeg.ts';
import { withoutComponent } from './jpeg/without-component.ts';
import { upright } from './exif-orientation.ts';

const where = 'decodeJpeg';
const decode = codec('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', () => import('@jsquash/jpeg/decode.js'));

/**
 * The picture in a JPEG file, as RGB: mozjpeg compiled to WebAssembly, which gives the levels that libjpeg (and so Pillow)
 * gives, in Node and in browsers. A grey picture has three equal channels; CMYK and YCCK become RGB as by Pillow's
 * `convert('RGB')`, which takes inks for inverted and knows no colour profile. The picture is given as it is stored, whatever its
 * orientation, unless `exifTranspose` is set.
 *
 * @throws FormatError if the bytes are no whole JPEG file, the picture has more pixels than `maxPixels`, more than 8 bits per
 * channel or two components, or is coded arithmetically, without loss or hierarchically.
 * @see ITU-T T.81; ITU-T T.872 for Adobe's marker
 * @example
 * const { data, width, height } = await decodeJpeg(await readFile('cat.jpg'), { name: 'cat.jpg' });
 */
export async function decodeJpeg(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  const { name = 'JPEG', maxPixels = mostPixels, exifTranspose = false } = checkDecode(where, bytes, options);
  const refuse = refuseFile(where, name);
  const file = readJpeg(bytes, refuse, (width, height, kept) => {
    checkPixelCount(width, height, maxPixels, refuse);
    const most = 2 * Math.max(maxPixels, mostPixels);
    if (kept > most) refuse(`keeps ${kept} coefficients until its last scan, more than ${most} (2 maxPixels)`);
  });
  const broken: RefuseFile = (what, options) => refuse(`is not a whole JPEG file: ${what}`, options);
  const raster = file.components === 4 ? await decodeInks(file, broken) : opaque(await decode(file.bytes, broken));
  return exifTranspose ? upright(raster, file.orientation) : raster;
}

/** The decoder gives three components at a time. */
async function decodeInks({ bytes, transform }: JpegFile, broken: RefuseFile): Promise<Raster> {
  // Adobe's marker with anything but "none" means YCCK; without the marker there is nothing to be undone.
  const isYcck = transform !== undefined && transform !== 0;
  const [first, second] = [part(bytes, 3, isYcck ? 1 : 0, broken), part(bytes, 1, 0, broken)];
  const [inks, black] = [await decode(first, broken), await decode(second, broken)];
  // Of YCCK the three others are what YCbCr gives, turned round.
  if (isYcck) inks.data.forEach((level, i) => (inks.data[i] = 255 - level));
  return cmykToRgb(inks, black);
}

function part(bytes: Uint8Array, dropped: number, transform: 0 | 1, broken: RefuseFile): Uint8Array {
  try {
    return withoutComponent(bytes, dropped, transform);
  } catch (cause) {
    return broken(reasonOf(cause), { cause });
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
