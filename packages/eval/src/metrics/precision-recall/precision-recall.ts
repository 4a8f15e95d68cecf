import { checkIntegerIn, checkOptions, rules, type OptionRules } from '@diptych/formats/errors';
import { checkRows, checkSameDims } from '../../features/feature-rows.ts';
import { inUnit, unitOf } from '../../features/unit-of.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';

/** How large the balls are and whether their border belongs to them. */
export interface PrecisionRecallOptions {
  /** A ball around a row reaches to its k-th nearest other row of the same set. Default 3. */
  k?: number;
  /** Whether precision and recall count rows on the border of a ball. Default true, as published; the package prdc does not. */
  closed?: boolean;
}

export const precisionRecallRules: OptionRules<PrecisionRecallOptions> = { k: rules.count, closed: rules.flag };

/** How two sets cover each other. */
export interface PrecisionRecall {
  /** Share of generated rows inside a ball around some real row: quality. */
  precision: number;
  /** Share of real rows inside a ball around some generated row: variety. */
  recall: number;
  /** Balls of real rows that a generated row lies in, over k, on average: precision that an outlier cannot inflate; may exceed 1. */
  density: number;
  /** Share of real rows with a generated row in their ball. */
  coverage: number;
  /** Radius of the ball of each row. */
  radii: { generated: Float64Array; real: Float64Array };
  /** Of each generated row: the largest ratio of a real row's radius to its distance; above 1 inside some ball. */
  realism: Float64Array;
}

/**
 * Improved precision and recall, density and coverage, and realism, from the k-nearest-neighbor balls of both sets. Distances
 * are Euclidean, taken from the differences in float64, so that duplicates are at distance exactly 0. Density and coverage
 * use open balls, as their authors' code does.
 *
 * **Shapes** generated [m, dims], real [n, dims]. **Memory** a few numbers per row.
 *
 * @throws DiptychError if dims differ, k is not below the number of rows of each set, or a number is not finite.
 * @see Kynkäänniemi et al. 2019, Improved precision and recall metric, eq. 1, 2 and 3 (realism), arXiv:1904.06991; Naeem et
 * al. 2020, Reliable
 * fidelity and diversity metrics, eq. 3 and 4, arXiv:2002.09797
 * @example
 * const { precision, recall } = precisionRecall(generated, real, { k: 3 });
 */
export function precisionRecall(
  generated: FeatureRows,
  real: FeatureRows,
  options: PrecisionRecallOptions = {},
): PrecisionRecall {
  const where = 'precisionRecall';
  const { k = 3, closed = true } = checkOptions(where, options, precisionRecallRules);
  checkSameDims(where, { real, generated });
  const [m, n] = [checkRows(generated, where, 'generated', 2), checkRows(real, where, 'real', 2)];
  const most = Math.min(n, m) - 1;
  checkIntegerIn(where, { k }, [1, most]);

  const unit = unitOf(generated.rows, real.rows);
  const [fakes, truth] = [inUnit(generated, unit), inUnit(real, unit)];
  const radii = { generated: ballRadii(fakes, m, k), real: ballRadii(truth, n, k) };
  const realism = new Float64Array(m);
  const [inReal, inOpenReal, inGenerated, covered] = [
    new Uint32Array(m),
    new Uint32Array(m),
    new Uint8Array(n),
    new Uint8Array(n),
  ];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const apart = distance(truth, i, fakes, j);
      if (closed ? apart <= radii.real[i] : apart < radii.real[i]) inReal[j]++;
      if (closed ? apart <= radii.generated[j] : apart < radii.generated[j]) inGenerated[i] = 1;
      if (apart < radii.real[i]) {
        inOpenReal[j]++;
        covered[i] = 1;
      }
      // The constant is that of the authors' code: a generated row on top of a real one stays finite.
      realism[j] = Math.max(realism[j], radii.real[i] / (apart + 1e-5 / unit));
    }
  }
  return {
    precision: inReal.filter((balls) => balls > 0).length / m,
    recall: inGenerated.filter(Boolean).length / n,
    density: inOpenReal.reduce((sum, balls) => sum + balls, 0) / (k * m),
    coverage: covered.filter(Boolean).length / n,
    radii: {
      generated: radii.generated.map((radius) => radius * unit),
      real: radii.real.map((radius) => radius * unit),
    },
    realism,
  };
}

function ballRadii(set: FeatureRows, count: number, k: number): Float64Array {
  const distances = new Float64Array(count - 1);
  return Float64Array.from({ length: count }, (_, i) => {
    let at = 0;
    for (let j = 0; j < count; j++) if (j !== i) distances[at++] = distance(set, i, set, j);
    return distances.sort()[k - 1];
  });
}

function distance(a: FeatureRows, i: number, b: FeatureRows, j: number): number {
  const { dims } = a;
  let sum = 0;
  for (let d = 0, p = i * dims, q = j * dims; d < dims; d++) sum += (a.rows[p + d] - b.rows[q + d]) ** 2;
  return Math.sqrt(sum);
}
