/**
 * 8-bit levels as pixels in [-1, 1]: x = level / 127.5 - 1.
 *
 * @example
 * fromBytes(new Uint8Array([0, 255])); // Float32Array [-1, 1]
 */
export function fromBytes(levels: ArrayLike<number>): Float32Array {
  const x = new Float32Array(levels.length);
  for (let i = 0; i < x.length; i++) x[i] = levels[i] / 127.5 - 1;
  return x;
}
