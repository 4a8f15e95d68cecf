import { check } from '@diptych/formats/errors';

/**
 * Pixels in [-1, 1] as 8-bit levels: floor(127.5 x + 128), clipped to 0..255, which is round half up of 127.5 (x + 1).
 *
 * **Units** in: -1 black .. 1 white, values beyond are clipped; out: 0..255. `fromBytes` undoes it exactly.
 *
 * @throws DiptychError if a pixel is NaN, or the numbers are integers by type: levels already.
 * @see EDM (Karras et al. 2022), generate.py; torchvision's `save_image` has the same rule for (x + 1) / 2.
 * @example
 * toBytes(new Float32Array([-1, 0, 1])); // Uint8Array [0, 128, 255]
 */
export function toBytes(x: ArrayLike<number>): Uint8Array {
  const isFloats = !ArrayBuffer.isView(x) || x instanceof Float32Array || x instanceof Float64Array;
  check(isFloats, 'toBytes', 'x', 'floats in [-1, 1]', x.constructor.name);
  const levels = new Uint8Array(x.length);
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) check(false, 'toBytes', `x[${i}]`, 'a number', x[i]);
    levels[i] = Math.min(255, Math.max(0, Math.floor(127.5 * x[i] + 128)));
  }
  return levels;
}
