import { foldIn, permutation } from '@diptych/core';
import type { Key } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { checkRows, selectRows } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import type { PolynomialKernel } from './polynomial-mmd.ts';
import { polynomialMmd } from './polynomial-mmd.ts';

/** Positions of the rows of one subset in each set. */
export interface SubsetPair {
  a: ArrayLike<number>;
  b: ArrayLike<number>;
}

/** How the kernel distance is estimated. */
export interface KernelDistanceOptions {
  kernel?: PolynomialKernel;
  /** Number of random subsets, or the subsets themselves. Default 100. */
  subsets?: number | readonly SubsetPair[];
  /** Rows of each random subset. Default 1000, or all rows of the smaller set. */
  subsetSize?: number;
  /** Decides the random subsets; needed unless the subsets are given. */
  key?: Key;
}

/** Mean and deviation over subsets. */
export interface KernelDistance {
  /** Unbiased: scatters around 0 for two samples of one distribution. */
  mean: number;
  /** Standard deviation over the subsets (divided by their number). */
  std: number;
  perSubset: Float64Array;
  /** Rows of a subset of a. */
  subsetSize: number;
}

/**
 * Kernel distance: the unbiased squared MMD with a cubic polynomial kernel, averaged over subsets of rows. Unlike the Fréchet
 * distance its mean does not depend on the number of rows. It is KID where the features are those of FID's own network.
 *
 * @throws DiptychError if dims differ, a subset has fewer than 2 rows or more than there are, or a number is not finite.
 * @see Bińkowski et al. 2018, Demystifying MMD GANs, section 4
 * @example
 * const { mean, std } = kernelDistance(samples, real, { key: key(0) });
 */
export function kernelDistance(a: FeatureRows, b: FeatureRows, options: KernelDistanceOptions = {}): KernelDistance {
  const where = 'kernelDistance';
  check(a.dims === b.dims, where, 'b.dims', `${a.dims}, that of a`, b.dims);
  const [m, n] = [checkRows(a, where, 'a', 2), checkRows(b, where, 'b', 2)];
  const { kernel, subsets = 100, subsetSize = Math.min(1000, m, n) } = options;
  const pairs = typeof subsets === 'number' ? randomSubsets(subsets, subsetSize, m, n, options.key) : subsets;
  check(pairs.length > 0, where, 'subsets', 'at least one subset', pairs.length);

  const perSubset = Float64Array.from(pairs, (pair) => {
    checkPositions(pair.a, m);
    checkPositions(pair.b, n);
    return polynomialMmd(selectRows(a, pair.a), selectRows(b, pair.b), kernel).unbiased;
  });
  const mean = perSubset.reduce((sum, value) => sum + value, 0) / pairs.length;
  const variance = perSubset.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pairs.length;
  return { mean, std: Math.sqrt(variance), perSubset, subsetSize: pairs[0].a.length };
}

function randomSubsets(count: number, size: number, m: number, n: number, key?: Key): SubsetPair[] {
  const where = 'kernelDistance';
  check(key, where, 'key', 'given, as the subsets are random', key);
  check(Number.isInteger(count) && count >= 1, where, 'subsets', 'a positive integer', count);
  const fits = Number.isInteger(size) && size >= 2 && size <= Math.min(m, n);
  check(fits, where, 'subsetSize', `an integer in 2..${Math.min(m, n)}`, size);
  return Array.from({ length: count }, (_, i) => ({
    a: permutation(foldIn(foldIn(key, i), 0), m).subarray(0, size),
    b: permutation(foldIn(foldIn(key, i), 1), n).subarray(0, size),
  }));
}

function checkPositions(positions: ArrayLike<number>, count: number): void {
  for (let i = 0; i < positions.length; i++) {
    const inside = Number.isInteger(positions[i]) && positions[i] >= 0 && positions[i] < count;
    if (!inside) check(false, 'kernelDistance', 'subsets', `positions in 0..${count - 1}`, positions[i]);
  }
}
