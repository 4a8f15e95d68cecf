import { type RefuseFile } from '@diptych/formats/errors';
import { crc32 } from '@diptych/formats';
import { Gathered } from '../gathered.ts';
import { exifOrientation } from '../exif-orientation.ts';

/** What a PNG file says of its picture, and the picture, packed. */
export interface PngChunks {
  width: number;
  height: number;
  /** Bits per channel: 1, 2, 4, 8 or 16. */
  depth: number;
  color: PngColor;
  interlaced: boolean;
  /** RGB, three bytes each; empty for other colour types. */
  palette: Uint8Array;
  /** Alpha of the first colours of the palette. */
  paletteAlpha: Uint8Array;
  /** The zlib stream. */
  packed: Uint8Array;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
}

/** Colour types: what the samples of a pixel are. */
export interface PngColor {
  kind: 'grey' | 'rgb' | 'palette';
  alpha: boolean;
  /** Samples of a pixel. */
  samples: number;
  depths: readonly number[];
}

const colors: Record<number, PngColor> = {
  0: { kind: 'grey', alpha: false, samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { kind: 'rgb', alpha: false, samples: 3, depths: [8, 16] },
  3: { kind: 'palette', alpha: false, samples: 1, depths: [1, 2, 4, 8] },
  4: { kind: 'grey', alpha: true, samples: 2, depths: [8, 16] },
  6: { kind: 'rgb', alpha: true, samples: 4, depths: [8, 16] },
};

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Walks over the chunks of a PNG file, all of them held against their checksums; metadata are passed over. `checkSize` is asked
 * as soon as the size is known.
 *
 * @see PNG (third edition, W3C 2025), sections 5 and 11
 */
export function readPngChunks(
  bytes: Uint8Array,
  refuse: RefuseFile,
  checkSize: (width: number, height: number) => void,
): PngChunks {
  const broken = (what: string): never => refuse(`is not a whole PNG file: ${what}`);
  if (!signature.every((byte, i) => bytes[i] === byte)) {
    broken(`the first bytes ${Array.from(bytes.subarray(0, 4)).join(' ')}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Pick<PngChunks, 'width' | 'height' | 'depth' | 'color' | 'interlaced'> | undefined;
  let palette = new Uint8Array(0);
  let paletteAlpha = new Uint8Array(0);
  let orientation = 1;
  const picture = new Gathered(bytes.length);
  let pieces = 0;
  let before = '';

  for (let at = 8; ;) {
    if (at + 12 > bytes.length) broken(`an end after ${bytes.length} bytes, before IEND`);
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) broken(`an end inside ${kind}`);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) broken(`a wrong checksum of ${kind}`);
    const body = bytes.subarray(at + 8, end);

    if (!header) {
      if (kind !== 'IHDR' || length !== 13) broken(`${kind} of ${length} bytes where the header belongs`);
      header = readHeader(body, broken);
      checkSize(header.width, header.height);
    } else if (kind === 'IDAT') {
      if (pieces++ > 0 && before !== 'IDAT') broken('a picture in two places');
      picture.add(body);
    } else if (kind === 'PLTE') {
      if (palette.length > 0 || pieces > 0) broken('a second palette, or one behind the picture');
      if (length === 0 || length % 3 !== 0 || length > 768) broken(`a palette of ${length} bytes`);
      palette = body.slice();
    } else if (kind === 'tRNS') paletteAlpha = body.slice();
    else if (kind === 'eXIf') orientation = exifOrientation(body);
    else if (kind === 'acTL') refuse('is an animation, not one picture');
    else if (kind === 'IEND') break;
    // A capital first: who does not know the chunk cannot show the picture.
    else if (/^[A-Z]/.test(kind)) broken(kind === 'IHDR' ? 'a second header' : `the critical chunk ${kind}`);
    before = kind;
    at = end + 4;
  }

  if (pieces === 0) broken('no picture');
  if (header.color.kind === 'palette' && palette.length === 0) broken('no palette');
  return { ...header, palette, paletteAlpha, orientation, packed: picture.bytes };
}

function readHeader(body: Uint8Array, broken: (what: string) => never) {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [depth, type, compression, filter, interlace] = body.subarray(8);
  const color = colors[type];
  if (!color?.depths.includes(depth)) broken(`colour type ${type} of ${depth} bits`);
  const known = compression === 0 && filter === 0 && interlace <= 1;
  if (!known) broken(`compression ${compression}, filter ${filter}, interlace ${interlace}`);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  return { width, height, depth, color, interlaced: interlace === 1 };
}
