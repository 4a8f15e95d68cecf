import { checkIntegerIn, checkOptions, rules, type OptionRules } from '@diptych/formats/errors';
import { checkRows } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';

/** How the score is averaged. */
export interface InceptionScoreOptions {
  /** Parts into which the rows are cut, in their order; shuffle them first if they are sorted. Default 10. */
  splits?: number;
}

export const inceptionScoreRules: OptionRules<InceptionScoreOptions> = { splits: rules.count };

/** Mean and deviation over the parts. */
export interface InceptionScore {
  mean: number;
  /** Standard deviation over the parts (divided by their number). */
  std: number;
  perSplit: Float64Array;
}

/**
 * Inception Score of class scores: exp of the mean Kullback-Leibler divergence between each image's class distribution and the
 * average one, KL in nats; mean and deviation over parts. 1 at worst, the number of classes at best. Part i holds the rows
 * from floor(i n / parts) to floor((i + 1) n / parts).
 *
 * **Shapes** logits [n, classes]. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if there are fewer rows than parts, or a number is not finite.
 * @see Salimans et al. 2016, Improved techniques for training GANs, section 4, arXiv:1606.03498
 * @example
 * const { mean, std } = inceptionScore(digitFeatures().logits(samples), { splits: 1 });
 */
export function inceptionScore(logits: FeatureRows, options: InceptionScoreOptions = {}): InceptionScore {
  const where = 'inceptionScore';
  const { splits = 10 } = checkOptions(where, options, inceptionScoreRules);
  const count = checkRows(logits, where, 'logits');
  checkIntegerIn(where, { splits }, [1, count]);

  const perSplit = Float64Array.from({ length: splits }, (_, i) =>
    score(logits, Math.floor((i * count) / splits), Math.floor(((i + 1) * count) / splits)),
  );
  const mean = perSplit.reduce((sum, value) => sum + value, 0) / splits;
  const variance = perSplit.reduce((sum, value) => sum + (value - mean) ** 2, 0) / splits;
  return { mean, std: Math.sqrt(variance), perSplit };
}

function score({ rows, dims }: FeatureRows, from: number, to: number): number {
  const marginal = new Float64Array(dims);
  let negativeEntropy = 0; // mean over images of sum p log p
  for (let i = from; i < to; i++) {
    const row = rows.subarray(i * dims, (i + 1) * dims);
    let most = -Infinity;
    for (const logit of row) most = Math.max(most, logit);
    let sum = 0;
    for (const logit of row) sum += Math.exp(logit - most);
    for (let k = 0; k < dims; k++) {
      const logP = row[k] - most - Math.log(sum);
      const p = Math.exp(logP);
      marginal[k] += p / (to - from);
      if (p > 0) negativeEntropy += (p * logP) / (to - from);
    }
  }
  const cross = marginal.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
  return Math.exp(negativeEntropy - cross);
}
