/**
 * 8-bit levels as pixels in [-1, 1]: x = level / 127.5 - 1.
 *
 * @example
 * fromBytes(new Uint8Array([0, 255])); // Float32Array [-1, 1]
 */
export function fromBytes(levels: ArrayLike<number>): Float32Array {
  return Float32Array.from(levels, (level) => level / 127.5 - 1);
}
