import { solveRidge } from '@diptych/core/numeric';
import { checkOptions, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { asSource, checkSource } from '../../features/feature-source.ts';
import type { FeatureSource } from '../../features/feature-source.ts';
import { StreamingMoments } from '../../features/moments.ts';
import { checkLabels } from '../parts/probe-labels.ts';
import type { LinearClassifier } from '../linear/logistic-regression.ts';

/** How a ridge classifier is fitted. */
export interface RidgeClassifierOptions {
  /** Number of classes. Default: largest label + 1. */
  classes?: number;
  /** Weight of the penalty |W|^2 beside squared errors that are summed, not averaged. Default 1. */
  alpha?: number;
}

/**
 * Ridge regression on one-hot labels, as a classifier: the closed-form minimum over W, b of
 * sum_i |W x_i + b - onehot(y_i)|^2 + alpha |W|^2, the bias free. A fast probe with nothing to converge.
 *
 * **Shapes** rows [n, dims], labels [n]. **Memory** dims^2 doubles twice; rows may come in chunks, and are read three times. `bias` is the intercept itself, not centered.
 *
 * @throws DiptychError if labels and rows do not match, a number is not finite, or alpha is not above 0.
 * @see Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, eq. 3.44
 * @example
 * const { prediction } = classify(ridgeClassifier(train, labels, { alpha: 1 }), test);
 */
export function ridgeClassifier(
  features: FeatureRows | FeatureSource,
  labels: ArrayLike<number>,
  options: RidgeClassifierOptions = {},
): LinearClassifier {
  const where = 'ridgeClassifier';
  checkOptions(where, options, { classes: evalRules.classes, alpha: rules.positive });
  const { alpha = 1 } = options;
  const count = checkSource(features, where, 'features', 2);
  const classes = checkLabels(labels, count, where, options.classes);
  const source = asSource(features);
  const { dims } = source;

  const stream = new StreamingMoments(dims);
  for (const chunk of source.chunks()) stream.add(chunk);
  const { mean, covariance } = stream.result();
  const gram = covariance.map((value) => value * (count - 1));
  const share = new Float64Array(classes);
  for (let i = 0; i < count; i++) share[labels[i]] += 1 / count;
  // Xc'Y = Xc'(Y - mean Y), since the columns of Xc sum to 0.
  const target = new Float64Array(dims * classes);
  let row = 0;
  for (const { rows } of source.chunks()) {
    for (let from = 0; from < rows.length; from += dims, row++) {
      for (let d = 0; d < dims; d++) target[d * classes + labels[row]] += rows[from + d] - mean[d];
    }
  }

  const solution = solveRidge(gram, target, dims, alpha);
  const weight = new Float64Array(classes * dims);
  const bias = share.slice();
  for (let k = 0; k < classes; k++) {
    for (let d = 0; d < dims; d++) {
      weight[k * dims + d] = solution[d * classes + k];
      bias[k] -= weight[k * dims + d] * mean[d];
    }
  }
  return { classes, dims, weight, bias };
}
