import { check } from '@diptych/formats/errors';

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
  const rule = 'in [-1, 1] if they are floats: levels 0..255 go into a Uint8Array, or through fromBytes';
  check(largest <= 2, where, parameter, rule, `no negative number and ${largest}`);
}
