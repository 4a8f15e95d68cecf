import { checkIntegerIn, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { checkRows, checkSameDims } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { unitRows } from '../../representation/column-statistics.ts';
import { checkLabels } from '../parts/probe-labels.ts';
import type { Classification } from '../parts/classify.ts';
import type { LabeledRows } from '../parts/probe-labels.ts';

/** How neighbors vote. */
export interface NearestNeighborVoteOptions {
  /** Neighbors that vote. Default 20. */
  k?: number;
  /** Temperature T of the votes exp(cos / T). Default 0.07. */
  temperature?: number;
  /** Number of classes. Default: largest label + 1. */
  classes?: number;
}

/**
 * Weighted k-nearest-neighbor classifier, DINO's: rows are scaled to length 1, the k training rows of largest cosine vote
 * for their class with weight exp(cosine / T). `logits` holds the sums of votes, which below T = 1/700 may exceed
 * the largest double and then are Infinity; `prediction` compares them in units of the largest vote, at any T.
 *
 * **Shapes** train [n, dims], test [m, dims]; logits [m, classes], prediction [m]. **Memory** a scaled float64 copy of both
 * sets. A row of length 0 has cosine 0 with everything.
 *
 * @throws DiptychError if dims differ, labels do not match, k exceeds the training rows, or a number is not finite.
 * @see Caron et al. 2021, Emerging properties in self-supervised vision transformers, appendix F.1, arXiv:2104.14294; Wu et
 * al. 2018, eq. 8, arXiv:1805.01978
 * @example
 * const { prediction } = nearestNeighborVote({ rows, dims: 64, labels }, test, { k: 20 });
 */
export function nearestNeighborVote(
  train: LabeledRows,
  test: FeatureRows,
  options: NearestNeighborVoteOptions = {},
): Classification {
  const where = 'nearestNeighborVote';
  checkOptions(where, options, { k: rules.count, temperature: rules.positive, classes: evalRules.classes });
  checkRule(where, 'train', evalRules.rows, train);
  const { k = 20, temperature = 0.07 } = options;
  const { dims } = train;
  checkSameDims(where, { train, test });
  const candidates = checkRows(train, where, 'train');
  const count = checkRows(test, where, 'test');
  const classes = checkLabels(train.labels, candidates, where, options.classes);
  checkIntegerIn(where, { k }, [1, candidates]);

  const [known, asked] = [unitRows(train), unitRows(test)];
  const logits = new Float64Array(count * classes);
  const prediction = new Uint32Array(count);
  const cosine = new Float64Array(candidates);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < candidates; j++) {
      let sum = 0;
      for (let d = 0, a = i * dims, b = j * dims; d < dims; d++) sum += asked[a + d] * known[b + d];
      cosine[j] = sum;
    }
    const neighbors = largest(cosine, k);
    const nearest = cosine[neighbors[0]]; // the votes are counted in units of the largest, which none can leave
    const votes = logits.subarray(i * classes, (i + 1) * classes);
    for (const j of neighbors) votes[train.labels[j]] += Math.exp((cosine[j] - nearest) / temperature);
    for (let c = 1; c < classes; c++) if (votes[c] > votes[prediction[i]]) prediction[i] = c;
    const unit = Math.exp(nearest / temperature);
    for (let c = 0; c < classes; c++) if (votes[c] > 0) votes[c] *= unit;
  }
  return { logits, prediction };
}

/** Positions of the k largest values; the first ones among equals. */
function largest(values: Float64Array, k: number): number[] {
  const kept: number[] = []; // descending by value
  for (let j = 0; j < values.length; j++) {
    if (kept.length === k && values[j] <= values[kept[k - 1]]) continue;
    let at = kept.length;
    while (at > 0 && values[kept[at - 1]] < values[j]) at--;
    kept.splice(at, 0, j);
    if (kept.length > k) kept.pop();
  }
  return kept;
}
