import { check, checkOptions, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { checkLabels } from '../parts/probe-labels.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { asSource, checkSource } from '../../features/feature-source.ts';
import type { FeatureSource } from '../../features/feature-source.ts';
import { minimize } from './minimize.ts';
import type { Objective } from './minimize.ts';
import { addCrossEntropy, addProducts, scores } from '../parts/scores.ts';

/** How a logistic regression is fitted. */
export interface LogisticRegressionOptions {
  /** Number of classes K. Default: largest label + 1. */
  classes?: number;
  /** Weight lambda of the penalty. scikit-learn's C is 1 / (lambda n). Default 1e-3. */
  l2?: number;
  /** Largest entry of the gradient that counts as zero. Default 1e-6. */
  tolerance?: number;
  /** Default 2000. */
  maxIterations?: number;
  /** Where the search starts: a solution for another penalty saves iterations. Default zero. */
  start?: Pick<LinearClassifier, 'weight' | 'bias'>;
}

/** Class scores W x + b. */
export interface LinearClassifier {
  classes: number;
  dims: number;
  /** [classes, dims] */
  weight: Float64Array;
  /** [classes], mean 0: a constant on all of them changes nothing. */
  bias: Float64Array;
}

/** A fitted logistic regression. */
export interface LogisticRegression extends LinearClassifier {
  /** Mean cross-entropy plus penalty. */
  objective: number;
  /** Mean cross-entropy on the training rows, nats. */
  crossEntropy: number;
  /** Largest entry of the gradient at the end. */
  gradient: number;
  iterations: number;
  /** Whether the gradient is within the tolerance. */
  converged: boolean;
}

/**
 * Multinomial logistic regression, fitted to convergence in float64: the minimum over W, b of
 * mean_i [-log softmax(W x_i + b)_{y_i}] + lambda / 2 |W|^2, the bias free. The minimum is unique, so the result depends on
 * the data alone; `converged` says whether it was reached.
 *
 * Rows that come in chunks are read once per evaluation of the objective and give the same bits as rows in memory.
 *
 * **Shapes** rows [n, dims], labels [n]. **Memory** chunk rows * classes doubles beside the result, about 25 times its size for
 * L-BFGS.
 *
 * @throws DiptychError if labels and rows do not match, a label is no class, a number is not finite, or lambda is negative.
 * @see Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, section 4.4
 * @example
 * const fit = logisticRegression({ rows, dims: 64 }, labels, { l2: 1e-3 });
 */
export function logisticRegression(
  features: FeatureRows | FeatureSource,
  labels: ArrayLike<number>,
  options: LogisticRegressionOptions = {},
): LogisticRegression {
  const where = 'logisticRegression';
  checkOptions(where, options, {
    classes: evalRules.classes,
    l2: rules.nonNegative,
    tolerance: rules.positive,
    maxIterations: rules.count,
    start: rules.having('a classifier { weight, bias }', 'weight', 'bias'),
  });
  const { l2 = 1e-3, tolerance = 1e-6, maxIterations = 2000, start } = options;
  const count = checkSource(features, where, 'features', 2);
  const classes = checkLabels(labels, count, where, options.classes);
  const source = asSource(features);
  const { dims } = source;
  const size = classes * dims;
  const fits = !start || (start.weight.length === size && start.bias.length === classes);
  check(fits, where, 'start', `a classifier of ${classes} classes and ${dims} dims`, start?.weight.length);

  let probability = new Float64Array(0);
  let crossEntropy = 0;
  const objective: Objective = (point, gradient) => {
    const weight = point.subarray(0, size);
    let total = 0;
    let first = 0;
    gradient.fill(0);
    for (const { rows } of source.chunks()) {
      const length = rows.length / dims;
      if (probability.length !== length * classes) probability = new Float64Array(length * classes);
      scores(rows, dims, weight, point.subarray(size), probability);
      total = addCrossEntropy(total, probability, labels, first, classes);
      for (let i = 0; i < length; i++) {
        probability[i * classes + labels[first + i]] -= 1;
        for (let k = 0; k < classes; k++) gradient[size + k] += probability[i * classes + k] /= count;
      }
      addProducts(gradient, probability, rows, dims, classes);
      first += length;
    }
    crossEntropy = total / count;
    let penalty = 0;
    for (let i = 0; i < size; i++) {
      penalty += weight[i] * weight[i];
      gradient[i] += l2 * weight[i];
    }
    return crossEntropy + (l2 / 2) * penalty;
  };

  const first = new Float64Array(size + classes);
  if (start) {
    first.set(start.weight);
    first.set(start.bias, size);
  }
  const minimum = minimize(objective, first, { tolerance, maxIterations });
  objective(minimum.point, new Float64Array(size + classes));
  const bias = minimum.point.slice(size);
  const middle = bias.reduce((sum, value) => sum + value, 0) / classes;
  return {
    classes,
    dims,
    weight: minimum.point.slice(0, size),
    bias: bias.map((value) => value - middle),
    objective: minimum.value,
    crossEntropy,
    gradient: minimum.gradient,
    iterations: minimum.iterations,
    converged: minimum.converged,
  };
}
