import { check, checkRule, rules } from '@diptych/formats/errors';

/**
 * 8-bit levels as pixels in [-1, 1]: x = level / 127.5 - 1.
 *
 * @throws DiptychError if a level is not in 0..255.
 * @example
 * bytesToSigned(new Uint8Array([0, 255])); // Float32Array [-1, 1]
 */
export function bytesToSigned(levels: ArrayLike<number>): Float32Array {
  checkRule('bytesToSigned', 'levels', rules.array, levels);
  const x = new Float32Array(levels.length);
  for (let i = 0; i < x.length; i++) {
    const level = levels[i];
    if (!(typeof level === 'number' && level >= 0 && level <= 255))
      check(false, 'bytesToSigned', `levels[${i}]`, 'in 0..255', level);
    x[i] = level / 127.5 - 1;
  }
  return x;
}

/**
 * Pixels in [-1, 1] as 8-bit levels: floor(127.5 x + 128), clipped to 0..255, which is round half up of 127.5 (x + 1).
 *
 * **Units** in: -1 black .. 1 white, values beyond are clipped; out: 0..255. `bytesToSigned` undoes it exactly.
 *
 * @throws DiptychError if a pixel is NaN, or the numbers are integers by type: levels already.
 * @see EDM (Karras et al. 2022), generate.py; torchvision's `save_image` has the same rule for (x + 1) / 2.
 * @example
 * signedToBytes(new Float32Array([-1, 0, 1])); // Uint8Array [0, 128, 255]
 */
export function signedToBytes(x: ArrayLike<number>): Uint8Array {
  checkRule('signedToBytes', 'x', rules.array, x);
  const isFloats = !ArrayBuffer.isView(x) || x instanceof Float32Array || x instanceof Float64Array;
  check(isFloats, 'signedToBytes', 'x', 'floats in [-1, 1]', x.constructor.name);
  const levels = new Uint8Array(x.length);
  for (let i = 0; i < x.length; i++) {
    if (typeof x[i] !== 'number' || Number.isNaN(x[i])) check(false, 'signedToBytes', `x[${i}]`, 'a number', x[i]);
    levels[i] = Math.min(255, Math.max(0, Math.floor(127.5 * x[i] + 128)));
  }
  return levels;
}

/**
 * Throws if floats are levels 0..255 that are taken for pixels in [-1, 1]: none is negative, and the largest lies far above white.
 * All of them would be drawn and learned as white. Points, images of one pixel, may be any numbers.
 */
export function checkPixels(
  where: string,
  parameter: string,
  x: ArrayLike<number>,
  [height, width]: readonly [number, number],
): void {
  if (height * width === 1) return;
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    if (x[i] < 0) return;
    if (x[i] > largest) largest = x[i];
  }
  const rule = 'in [-1, 1] if they are floats: levels 0..255 go into a Uint8Array, or through bytesToSigned';
  check(largest <= 2, where, parameter, rule, `no negative number and ${largest}`);
}
