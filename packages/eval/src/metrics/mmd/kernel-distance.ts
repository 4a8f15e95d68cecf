import { foldIn, permutation } from '@diptych/core';
import type { Key } from '@diptych/core';
import {
  check,
  checkAllIntegers,
  checkCount,
  checkIntegerIn,
  checkNotEmpty,
  checkOptions,
  checkRule,
  rules,
  type OptionRules,
  type Rule,
} from '@diptych/formats/errors';
import { checkRows, checkSameDims, selectRows } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import type { PolynomialKernel } from './polynomial-mmd.ts';
import { polynomialMmd } from './polynomial-mmd.ts';
import { keyRule } from '@diptych/core/random';
import { evalRules } from '../../features/eval-rules.ts';

/** Positions of the rows of one subset in each set. */
export interface SubsetPair {
  generated: ArrayLike<number>;
  real: ArrayLike<number>;
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

const subsetPair = rules.having('{ generated, real }', 'generated', 'real');
const subsetList: Rule = {
  words: 'subsets { generated, real }, one or more',
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every(subsetPair.holds),
};

export const kernelDistanceRules: OptionRules<KernelDistanceOptions> = {
  kernel: rules.record,
  subsets: rules.either(rules.count, subsetList),
  subsetSize: rules.integerIn(2, Infinity),
  key: keyRule,
};

/** Mean and deviation over subsets. */
export interface KernelDistance {
  /** Unbiased: scatters around 0 for two samples of one distribution. */
  mean: number;
  /** Standard deviation over the subsets (divided by their number). */
  std: number;
  perSubset: Float64Array;
  /** Generated rows of a subset. */
  subsetSize: number;
}

/**
 * Kernel distance: the unbiased squared MMD with a cubic polynomial kernel, averaged over subsets of rows. Unlike the Fréchet
 * distance its mean does not depend on the number of rows. It is KID where the features are those of FID's own network.
 *
 * **Shapes** generated [m, dims], real [n, dims]. **Memory** a copy of the rows of one subset at a time.
 *
 * @throws DiptychError if dims differ, a subset has fewer than 2 rows or more than there are, or a number is not finite.
 * @see Bińkowski et al. 2018, Demystifying MMD GANs, section 4, arXiv:1801.01401
 * @example
 * const { mean, std } = kernelDistance(generated, real, { key: key(0) });
 */
export function kernelDistance(
  generated: FeatureRows,
  real: FeatureRows,
  options: KernelDistanceOptions = {},
): KernelDistance {
  const where = 'kernelDistance';
  const { kernel, subsets = 100, subsetSize: given, key } = checkOptions(where, options, kernelDistanceRules);
  checkSameDims(where, { real, generated });
  const [m, n] = [checkRows(generated, where, 'generated', 2), checkRows(real, where, 'real', 2)];
  const subsetSize = given ?? Math.min(1000, m, n);
  const pairs = typeof subsets === 'number' ? randomSubsets(subsets, subsetSize, m, n, key) : subsets;
  checkNotEmpty(where, { subsets: pairs });

  const perSubset = Float64Array.from(pairs, (pair) => {
    checkRule(where, 'generated of subsets', evalRules.numbers, pair.generated);
    checkRule(where, 'real of subsets', evalRules.numbers, pair.real);
    checkAllIntegers(where, { 'generated of subsets': pair.generated }, 0, m - 1);
    checkAllIntegers(where, { 'real of subsets': pair.real }, 0, n - 1);
    return polynomialMmd(selectRows(generated, pair.generated), selectRows(real, pair.real), kernel).unbiased;
  });
  const mean = perSubset.reduce((sum, value) => sum + value, 0) / pairs.length;
  const variance = perSubset.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pairs.length;
  return { mean, std: Math.sqrt(variance), perSubset, subsetSize: pairs[0].generated.length };
}

function randomSubsets(count: number, size: number, m: number, n: number, key?: Key): SubsetPair[] {
  const where = 'kernelDistance';
  check(key, where, 'key', 'given, as the subsets are random', key);
  checkCount(where, { subsets: count });
  checkIntegerIn(where, { subsetSize: size }, [2, Math.min(m, n)]);
  return Array.from({ length: count }, (_, i) => ({
    generated: permutation(foldIn(foldIn(key, i), 0), m).subarray(0, size),
    real: permutation(foldIn(foldIn(key, i), 1), n).subarray(0, size),
  }));
}
