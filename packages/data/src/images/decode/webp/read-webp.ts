import { type RefuseFile } from '@diptych/formats/errors';
import { exifOrientation } from '../exif-orientation.ts';

/** What a WebP file says of its picture. */
export interface WebpFile {
  width: number;
  height: number;
  hasAlpha: boolean;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
  /** The file without metadata: header, alpha and picture. */
  bytes: Uint8Array;
}

/**
 * Throws unless the bytes are a whole WebP file of one picture.
 *
 * @see RFC 9649, sections 2.5 to 2.7 and 3.4; RFC 6386, section 9.1
 */
export function readWebp(bytes: Uint8Array, refuse: RefuseFile): WebpFile {
  const broken = (what: string): never => refuse(`is not a whole WebP file: ${what}`);
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length >= 20 && text(0) === 'RIFF' && text(8) === 'WEBP';
  if (!start) refuse(`is not a WebP file: it begins with the bytes ${Array.from(bytes.subarray(0, 4)).join(' ')}`);
  const end = 8 + view.getUint32(4, true);
  if (bytes.length < end) broken(`${bytes.length} of ${end} bytes`);

  let orientation = 1;
  let canvas: { width: number; height: number; hasAlpha: boolean } | undefined;
  let picture: { width: number; height: number; hasAlpha: boolean } | undefined;
  const kept: Uint8Array[] = [];
  const seen = new Set<string>();
  for (let at = 12; at + 8 <= end;) {
    const kind = text(at);
    const size = view.getUint32(at + 4, true);
    const next = at + 8 + size + (size % 2);
    if (at + 8 + size > end) broken(`an end inside ${kind}`);
    const body = bytes.subarray(at + 8, at + 8 + size);
    const kinds = { VP8X: readCanvas, 'VP8 ': readLossy, VP8L: readLossless };
    if (kind === 'VP8X' || kind === 'VP8 ' || kind === 'VP8L') {
      const found = kinds[kind](body);
      if (!found) return broken(`a damaged header of ${kind}`);
      if (kind === 'VP8X') canvas = found;
      else picture ??= found;
    }
    // Flags of the extended format: animation is bit 1.
    const isAnimation = kind === 'ANIM' || (kind === 'VP8X' && (body[0] & 2) !== 0);
    if (isAnimation) refuse('is an animation, not one picture');
    if (kind === 'EXIF') orientation = exifOrientation(body);
    if (kind === 'VP8X') kept.push(withoutFlags(bytes.subarray(at, next)));
    else if (kind === 'VP8 ' || kind === 'VP8L' || kind === 'ALPH') {
      if (seen.has(kind)) broken(`a second ${kind}`);
      seen.add(kind);
      kept.push(bytes.subarray(at, next));
    }
    at = next;
  }
  if (!picture) return broken('no picture');
  const size = `${picture.width}x${picture.height}`;
  const same = !canvas || (canvas.width === picture.width && canvas.height === picture.height);
  if (!same) broken(`a picture of ${size} for ${canvas?.width}x${canvas?.height}`);
  return { ...picture, hasAlpha: (canvas ?? picture).hasAlpha, orientation, bytes: inRiff(kept) };
}

function readCanvas(body: Uint8Array) {
  if (body.length < 10) return undefined;
  const size = (at: number) => 1 + body[at] + body[at + 1] * 256 + body[at + 2] * 65536;
  return { width: size(4), height: size(7), hasAlpha: (body[0] & 16) !== 0 };
}

function readLossy(body: Uint8Array) {
  if (body.length < 10 || body[3] !== 0x9d || body[4] !== 1 || body[5] !== 0x2a) return undefined;
  const size = (at: number) => (body[at] + body[at + 1] * 256) & 0x3fff;
  return { width: size(6), height: size(8), hasAlpha: false };
}

/** After the signature, 14 bits of width, 14 of height, one of alpha. */
function readLossless(body: Uint8Array) {
  if (body.length < 5 || body[0] !== 0x2f) return undefined;
  const bits = body[1] + body[2] * 256 + body[3] * 65536 + body[4] * 2 ** 24;
  const width = 1 + (bits % 2 ** 14);
  const height = 1 + (Math.floor(bits / 2 ** 14) % 2 ** 14);
  return { width, height, hasAlpha: (body[4] & 16) !== 0 };
}

/** Of the flags only alpha is about what is left of the file. */
function withoutFlags(chunk: Uint8Array): Uint8Array {
  const copy = chunk.slice();
  copy[8] &= 16;
  return copy;
}

function inRiff(chunks: readonly Uint8Array[]): Uint8Array {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 4);
  const file = new Uint8Array(8 + size);
  file.set(new TextEncoder().encode('RIFF____WEBP'));
  new DataView(file.buffer).setUint32(4, size, true);
  let at = 12;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}
