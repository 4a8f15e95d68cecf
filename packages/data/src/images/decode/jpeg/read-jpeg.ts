import { type RefuseFile } from '@diptych/formats/errors';
import { Gathered } from '../gathered.ts';
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
  bytes: Uint8Array;
}

/** The part of a frame header that says how large the picture is. */
interface Frame extends Pick<JpegFile, 'width' | 'height' | 'components'> {
  /** Blocks of 8x8 samples, of all components. */
  blocks: number;
  progressive: boolean;
}

/** Scans that a picture of any size may have; programs that look for the smallest file end with about a dozen. */
const fewScans = 32;
/** Blocks that all scans of a picture may go over, where it has more scans than a few. */
const mostVisits = 2 ** 26;

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
export function readJpeg(
  bytes: Uint8Array,
  refuse: RefuseFile,
  checkSize: (width: number, height: number, kept: number) => void,
): JpegFile {
  const broken = (what: string): never => refuse(`is not a whole JPEG file: ${what}`);
  const start = bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!start) refuse(`is not a JPEG file: it begins with the bytes ${Array.from(bytes.subarray(0, 2)).join(' ')}`);

  const kept = new Gathered(bytes.length);
  kept.add(bytes.subarray(0, 2));
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let transform: number | undefined;
  for (let at = nextMarker(bytes, 2); at + 4 <= bytes.length;) {
    const marker = bytes[at + 1];
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xd9 || end > bytes.length) break;
    if (marker === 0xda) {
      // The picture itself: the end marker must follow, and its two bytes cannot occur in coded data.
      if (!frame) return broken('a picture without a size');
      // A progressive picture is kept in coefficients until its last scan.
      checkSize(frame.width, frame.height, frame.progressive ? 64 * frame.blocks : 0);
      if (lastEnd(bytes) <= at) broken(`${bytes.length} bytes without an end`);
      checkData(bytes.subarray(at), frame, broken);
      kept.add(bytes.subarray(at));
      const { width, height, components } = frame;
      return { width, height, components, transform, orientation: orientation ?? 1, bytes: kept.bytes };
    }
    if (isFrame(marker) && frame) broken('two pictures');
    if (isFrame(marker)) frame = readFrame(marker, body, refuse);
    if (marker === 0xe1 && String.fromCharCode(...body.subarray(0, 6)) === 'Exif\0\0') {
      orientation ??= exifOrientation(body);
    }
    const isAdobe = marker === 0xee && String.fromCharCode(...body.subarray(0, 5)) === 'Adobe' && body.length >= 12;
    if (isAdobe) transform = body[11];
    // Of the rest, the decoder asks JFIF's and Adobe's marker which colours these are.
    const isMetadata = (marker >= 0xe0 && marker <= 0xef && marker !== 0xe0 && !isAdobe) || marker === 0xfe;
    if (!isMetadata) kept.add(bytes.subarray(at, end));
    at = nextMarker(bytes, end);
  }
  return broken(`${bytes.length} bytes without a picture`);
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

function readFrame(marker: number, body: Uint8Array, refuse: RefuseFile): Frame {
  if (Object.hasOwn(otherFrames, marker)) refuse(`is of a kind that is not decoded: ${otherFrames[marker]}`);
  const [bits, high, low, wideHigh, wideLow, components] = body;
  if (bits !== 8) refuse(`has ${bits} bits per channel; only 8 are decoded`);
  const known = components === 1 || components === 3 || components === 4;
  if (!known) refuse(`has ${components} components; only grey, RGB and CMYK are decoded`);
  const [height, width] = [high * 256 + low, wideHigh * 256 + wideLow];
  const factors = samplingFactors(body);
  if (!factors) return refuse('is not a whole JPEG file: a frame whose components have no size');
  const [across, down] = [0, 1].map((axis) => Math.max(...factors.map((factor) => factor[axis])));
  const blocks = factors.reduce(
    (sum, [h, v]) => sum + Math.ceil((width * h) / (8 * across)) * Math.ceil((height * v) / (8 * down)),
    0,
  );
  return { height, width, components: components as JpegFile['components'], blocks, progressive: marker === 0xc2 };
}

/** Horizontal and vertical sampling factors of the components of a frame, 1 to 4 each; undefined if they are not. */
export function samplingFactors(body: Uint8Array): [across: number, down: number][] | undefined {
  if (body.length < 6 + 3 * body[5]) return undefined;
  const factors = Array.from({ length: body[5] }, (_, k) => body[7 + 3 * k]);
  const sound = factors.every(
    (factor) => factor >> 4 >= 1 && factor >> 4 <= 4 && (factor & 15) >= 1 && (factor & 15) <= 4,
  );
  return sound ? factors.map((factor) => [factor >> 4, factor & 15]) : undefined;
}

/**
 * Refuses data that cannot be those of a picture of this size, which the decoder would fill with grey, and more scans than a picture
 * needs: each goes over the whole picture, however few bytes it has.
 */
function checkData(data: Uint8Array, { blocks, progressive }: Frame, broken: (what: string) => never): void {
  // A code has at least one bit; a block has one for its mean, and one for the rest unless that comes in later scans.
  const least = Math.ceil((blocks * (progressive ? 1 : 2)) / 8);
  if (data.length < least) broken(`${data.length} bytes for ${blocks} blocks of pixels`);
  let scans = 0;
  for (let at = data.indexOf(0xff); at >= 0; at = data.indexOf(0xff, at + 1)) if (data[at + 1] === 0xda) scans++;
  const most = Math.max(fewScans, Math.floor(mostVisits / blocks));
  if (scans > most) broken(`${scans} scans, more than ${most}`);
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
