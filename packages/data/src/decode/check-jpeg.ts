import { check } from '@diptych/formats/errors';

/**
 * Walks over the segments of a JPEG file and throws unless it begins and ends as one and holds one or three components. The
 * decoder itself fills what a cut file lacks with grey and says nothing.
 *
 * @see ITU-T T.81, annex B
 */
export function checkJpeg(bytes: Uint8Array, name: string): void {
  const where = 'decodeJpeg';
  const start = bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8;
  check(start, where, name, 'a JPEG file', `the first bytes ${Array.from(bytes.subarray(0, 2)).join(' ')}`);

  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    const length = bytes[at + 2] * 256 + bytes[at + 3];
    // Start of frame: all of C0..CF but tables (C4), extensions (C8) and arithmetic conditioning (CC).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const components = bytes[at + 9];
      check(components === 1 || components === 3, where, name, 'grey or RGB', `${components} components`);
      check(bytes[at + 4] === 8, where, name, 'of 8 bits per channel', `${bytes[at + 4]} bits`);
    }
    if (marker === 0xda) {
      // The picture itself: the end marker must follow, and its two bytes cannot occur in coded data.
      check(lastEnd(bytes) > at, where, name, 'a whole JPEG file', `${bytes.length} bytes without an end`);
      return;
    }
    at += 2 + length;
  }
  check(false, where, name, 'a whole JPEG file', `${bytes.length} bytes without a picture`);
}

function lastEnd(bytes: Uint8Array): number {
  let at = bytes.length - 2;
  while (at > 0 && !(bytes[at] === 0xff && bytes[at + 1] === 0xd9)) at--;
  return at;
}
