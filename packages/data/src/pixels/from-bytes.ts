import { check } from '@diptych/formats/errors';

/**
 * 8-bit levels as pixels in [-1, 1]: x = level / 127.5 - 1.
 *
 * @throws DiptychError if a level is not in 0..255.
 * @example
 * fromBytes(new Uint8Array([0, 255])); // Float32Array [-1, 1]
 */
export function fromBytes(levels: ArrayLike<number>): Float32Array {
  const x = new Float32Array(levels.length);
  for (let i = 0; i < x.length; i++) {
    const level = levels[i];
    if (!(level >= 0 && level <= 255)) check(false, 'fromBytes', `levels[${i}]`, 'in 0..255', level);
    x[i] = level / 127.5 - 1;
  }
  return x;
}
