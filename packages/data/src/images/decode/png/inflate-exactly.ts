import { Unzlib, unzlibSync } from 'fflate';

/** Packed bytes that are unpacked at a time: about a thousand times as many come out at most. */
const atOnce = 2 ** 16;

/**
 * Unpacks a zlib stream that must hold this many bytes; more are never kept. Throws an error that says what was wrong.
 *
 * @see RFC 1950, RFC 1951
 */
export function inflateExactly(packed: Uint8Array, length: number): Uint8Array {
  // What cannot be made smaller grows by a few bytes per block.
  if (packed.length > 2 * length + 4096) throw new Error(`${packed.length} packed bytes for ${length}`);
  const unpacked = packed.length <= atOnce ? inflateAtOnce(packed, length) : inflateInPieces(packed, length);
  const stored = new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0);
  if (adler32(unpacked) !== stored) throw new Error('a wrong checksum of the picture');
  return unpacked;
}

function inflateAtOnce(packed: Uint8Array, length: number): Uint8Array {
  // What comes beyond the last byte is lost, which the one byte more shows.
  const unpacked = unzlibSync(packed, { out: new Uint8Array(length + 1) });
  checkFound(unpacked.length, length);
  return unpacked;
}

function inflateInPieces(packed: Uint8Array, length: number): Uint8Array {
  const unpacked = new Uint8Array(length);
  let found = 0;
  const stream = new Unzlib((part) => {
    if (found + part.length > length) checkFound(Infinity, length);
    unpacked.set(part, found);
    found += part.length;
  });
  for (let from = 0; from < packed.length; from += atOnce) {
    stream.push(packed.subarray(from, from + atOnce), from + atOnce >= packed.length);
  }
  checkFound(found, length);
  return unpacked;
}

function checkFound(found: number, length: number): void {
  if (found > length) throw new Error(`more than the ${length} bytes of the picture`);
  if (found < length) throw new Error(`${found} of the ${length} bytes of the picture`);
}

/** @see RFC 1950, section 9 */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let from = 0; from < bytes.length;) {
    // So many sums stay below 2^32 (zlib's NMAX).
    const to = Math.min(from + 5552, bytes.length);
    for (; from < to; from++) {
      a += bytes[from];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
