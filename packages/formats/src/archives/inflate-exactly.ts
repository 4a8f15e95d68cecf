import { Inflate } from 'fflate';

/** Deflated bytes are given to the inflater in pieces: one of these holds at most 17 MB. */
const piece = 2 ** 14;
/** Deflate packs at most 258 bytes into 2 bits. */
const largestRatio = 1032;

/**
 * Inflates data that must give `size` bytes: stops at the first piece beyond, so that data which would grow without end cost no more
 * than they declare. Undefined if they give more or fewer.
 *
 * @throws the error of the inflater if the data are damaged
 */
export function inflateExactly(packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> | undefined {
  if (size > packed.length * largestRatio + 1024) return undefined;
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
