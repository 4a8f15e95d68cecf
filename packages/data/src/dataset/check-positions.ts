import { check } from '@diptych/formats/errors';

/** Throws unless every index is a position in a data set of `length` images. */
export function checkPositions(indices: ArrayLike<number>, length: number, where: string): void {
  for (let i = 0; i < indices.length; i++) {
    const inside = Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < length;
    if (!inside) check(false, where, `indices[${i}]`, `an integer in 0..${length - 1}`, indices[i]);
  }
}
