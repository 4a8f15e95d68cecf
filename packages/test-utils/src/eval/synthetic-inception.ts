import { hashUnit } from './hash-numbers.ts';

/** A tensor of a weight file. */
export interface SyntheticTensor {
  shape: readonly number[];
  dtype: 'float32';
  data: Float32Array;
}

/**
 * Inception weights of the golden numbers: a rule by the end of each name, on numbers from a hash. Convolutions and the last
 * layer get sqrt(8 / fan in) u, scales of batch norms 1 + 0.1 u, variances 1 + 0.5 |u|, everything else 0.1 u.
 */
export function syntheticInception(
  shapes: Readonly<Record<string, readonly number[]>>,
  salt = '',
): Record<string, SyntheticTensor> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const u = hashUnit(salt + name, size);
      const spread = Math.sqrt((8 * shape[0]) / size);
      const value = name.endsWith('bn.weight')
        ? (x: number) => 1 + 0.1 * x
        : name.endsWith('running_var')
          ? (x: number) => 1 + 0.5 * Math.abs(x)
          : shape.length > 1
            ? (x: number) => spread * x
            : (x: number) => 0.1 * x;
      return [name, { shape, dtype: 'float32', data: Float32Array.from(u, value) }];
    }),
  );
}
