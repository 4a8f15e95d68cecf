import { check } from '@diptych/formats/errors';
import { exifOrientation } from '../exif-orientation.ts';

/** What a JPEG file says of its picture. */
export interface JpegFile {
  width: number;
  height: number;
  /** 1 grey, 3 RGB or YCbCr, 4 CMYK or YCCK. */
  components: 1 | 3 | 4;
  /** Of Adobe's marker: 0 none, 1 YCbCr, 2 YCCK. */
  transform?: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
  /** The file without metadata: tables, frame and scans. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** What the decoder cannot read, by the marker of the frame; the others are baseline, extended and progressive, all Huffman-coded. */
const otherFrames: Record<number, string> = {
  0xc3: 'a lossless one',
  0xc5: 'a hierarchical one',
  0xc6: 'a hierarchical one',
  0xc7: 'a hierarchical one',
  0xc9: 'arithmetic coding',
  0xca: 'arithmetic coding',
  0xcb: 'arithmetic coding',
  0xcd: 'arithmetic coding',
  0xce: 'arithmetic coding',
  0xcf: 'arithmetic coding',
};

/**
 * Walks over the segments of a JPEG file up to its picture and throws unless it is whole and of a kind that can be decoded. The
 * decoder itself fills what a cut file lacks with grey and says nothing.
 *
 * @see ITU-T T.81, annex B
 */
export function readJpeg(bytes: Uint8Array, name: string): JpegFile {
  const where = 'decodeJpeg';
  const start = bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8;
  check(start, where, name, 'a JPEG file', `the first bytes ${Array.from(bytes.subarray(0, 2)).join(' ')}`);

  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let frame: Pick<JpegFile, 'width' | 'height' | 'components'> | undefined;
  let orientation: number | undefined;
  let transform: number | undefined;
  for (let at = nextMarker(bytes, 2); at + 4 <= bytes.length;) {
    const marker = bytes[at + 1];
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xd9 || end > bytes.length) break;
    if (marker === 0xda) {
      // The picture itself: the end marker must follow, and its two bytes cannot occur in coded data.
      check(lastEnd(bytes) > at, where, name, 'a whole JPEG file', `${bytes.length} bytes without an end`);
      check(frame, where, name, 'a whole JPEG file', 'a picture without a size');
      kept.push(bytes.subarray(at));
      return { ...frame, transform, orientation: orientation ?? 1, bytes: joined(kept) };
    }
    if (isFrame(marker)) frame = readFrame(marker, body, name);
    if (marker === 0xe1 && String.fromCharCode(...body.subarray(0, 6)) === 'Exif\0\0') {
      orientation ??= exifOrientation(body);
    }
    const isAdobe = marker === 0xee && String.fromCharCode(...body.subarray(0, 5)) === 'Adobe' && body.length >= 12;
    if (isAdobe) transform = body[11];
    // Of the rest, the decoder asks JFIF's and Adobe's marker which colours these are.
    const isMetadata = (marker >= 0xe0 && marker <= 0xef && marker !== 0xe0 && !isAdobe) || marker === 0xfe;
    if (!isMetadata) kept.push(bytes.subarray(at, end));
    at = nextMarker(bytes, end);
  }
  return check(false, where, name, 'a whole JPEG file', `${bytes.length} bytes without a picture`) as never;
}

/** Where the next marker stands: FF, however often, and neither FF nor 0. What else lies between segments is passed over. */
export function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0xff && bytes[at + 1] !== 0)) at++;
  return at;
}

/** All of C0..CF but tables (C4), extensions (C8) and arithmetic conditioning (CC). */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function readFrame(marker: number, body: Uint8Array, name: string) {
  const where = 'decodeJpeg';
  check(!(marker in otherFrames), where, name, 'a baseline or progressive JPEG file', otherFrames[marker]);
  const [bits, high, low, wideHigh, wideLow, components] = body;
  check(bits === 8, where, name, 'of 8 bits per channel', `${bits} bits`);
  const known = components === 1 || components === 3 || components === 4;
  check(known, where, name, 'grey, RGB or CMYK', `${components} components`);
  return {
    height: high * 256 + low,
    width: wideHigh * 256 + wideLow,
    components: components as JpegFile['components'],
  };
}

function lastEnd(bytes: Uint8Array): number {
  let at = bytes.length - 2;
  while (at > 0 && !(bytes[at] === 0xff && bytes[at + 1] === 0xd9)) at--;
  return at;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
