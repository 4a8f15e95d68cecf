import type { Tensor } from '@tensorflow/tfjs-core';

/** Largest |actual - expected| over largest |expected|; Infinity for other lengths, NaN stays NaN. */
export function relativeError(actual: Tensor | ArrayLike<number>, expected: Tensor | ArrayLike<number>): number {
  const a = numbers(actual);
  const b = numbers(expected);
  if (a.length !== b.length) return Infinity;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    if (!Number.isFinite(distance)) return NaN;
    difference = Math.max(difference, distance);
    size = Math.max(size, Math.abs(b[i]));
  }
  return difference / (size || 1);
}

const numbers = (values: Tensor | ArrayLike<number>): ArrayLike<number> =>
  'dataSync' in values ? (values as Tensor).dataSync() : (values as ArrayLike<number>);
