import { Inflate, inflateSync } from 'fflate';

/** Deflated bytes are given to the inflater in pieces: one of these holds at most 17 MB. */
const piece = 2 ** 14;
/** Deflate packs at most 258 bytes into 2 bits. */
const largestRatio = 1032;

/**
 * Inflates data (deflate without a wrapper) that must give `size` bytes: stops at the first piece beyond, so that data which would grow
 * without end cost no more than they declare. Undefined if they give more or fewer.
 *
 * **Memory** a buffer of `size` bytes of its own.
 *
 * @throws the error of the inflater if the data are damaged
 * @see RFC 1951
 * @example
 * const rows = inflateExactly(zlibStream.subarray(2, -4), height * bytesPerRow);
 */
export function inflateExactly(packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> | undefined {
  if (size > packed.length * largestRatio + 1024) return undefined;
  // At once is twice as fast. What comes beyond the buffer is lost, which its one byte more shows.
  if (packed.length <= piece) {
    const inflated = inflateSync(packed, { out: new Uint8Array(size + 1) });
    return inflated.length === size ? new Uint8Array(inflated.subarray(0, size)) : undefined;
  }
  const contents = new Uint8Array(size);
  let at = 0;
  const inflate = new Inflate((chunk) => {
    if (at + chunk.length <= size) contents.set(chunk, at);
    at += chunk.length;
  });
  for (let from = 0; from < packed.length && at <= size; from += piece) {
    inflate.push(packed.subarray(from, from + piece), from + piece >= packed.length);
  }
  return at === size ? contents : undefined;
}
