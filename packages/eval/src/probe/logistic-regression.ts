import { check } from '@diptych/ops';
import { checkLabels } from './check-labels.ts';
import { checkRows } from '../features/check-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import { minimise } from './minimise.ts';
import type { Objective } from './minimise.ts';

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
 * **Shapes** rows [n, dims], labels [n]. **Memory** 2 n * classes doubles beside the result, about 25 times its size for L-BFGS.
 *
 * @throws DiptychError if labels and rows do not match, a label is no class, a number is not finite, or lambda is negative.
 * @see Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, section 4.4
 * @example
 * const fit = logisticRegression({ rows, dims: 64 }, labels, { l2: 1e-3 });
 */
export function logisticRegression(
  features: FeatureRows,
  labels: ArrayLike<number>,
  options: LogisticRegressionOptions = {},
): LogisticRegression {
  const where = 'logisticRegression';
  const { l2 = 1e-3, tolerance = 1e-6, maxIterations = 2000, start } = options;
  const count = checkRows(features, where, 'features', 2);
  const classes = checkLabels(labels, count, where, options.classes);
  check(Number.isFinite(l2) && l2 >= 0, where, 'l2', 'a number from 0', l2);
  const { rows, dims } = features;
  const size = classes * dims;
  const fits = !start || (start.weight.length === size && start.bias.length === classes);
  check(fits, where, 'start', `a classifier of ${classes} classes and ${dims} dims`, start?.weight.length);

  const probability = new Float64Array(count * classes);
  let crossEntropy = 0;
  const objective: Objective = (point, gradient) => {
    const weight = point.subarray(0, size);
    scores(rows, dims, weight, point.subarray(size), probability);
    crossEntropy = softmaxCrossEntropy(probability, labels, classes);
    let penalty = 0;
    for (let i = 0; i < size; i++) {
      penalty += weight[i] * weight[i];
      gradient[i] = l2 * weight[i];
    }
    gradient.fill(0, size);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < classes; k++) {
        const error = (probability[i * classes + k] - (labels[i] === k ? 1 : 0)) / count;
        gradient[size + k] += error;
        for (let d = 0, from = i * dims, to = k * dims; d < dims; d++) gradient[to + d] += error * rows[from + d];
      }
    }
    return crossEntropy + (l2 / 2) * penalty;
  };

  const first = new Float64Array(size + classes);
  if (start) {
    first.set(start.weight);
    first.set(start.bias, size);
  }
  const minimum = minimise(objective, first, { tolerance, maxIterations });
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

/** W x + b of every row, into `result` [n, classes]. */
export function scores(
  rows: FeatureRows['rows'],
  dims: number,
  weight: Float64Array,
  bias: Float64Array,
  result: Float64Array,
): void {
  const classes = bias.length;
  for (let i = 0; i < result.length / classes; i++) {
    for (let k = 0; k < classes; k++) {
      let sum = bias[k];
      for (let d = 0, a = i * dims, b = k * dims; d < dims; d++) sum += rows[a + d] * weight[b + d];
      result[i * classes + k] = sum;
    }
  }
}

/** Mean cross-entropy; the scores become probabilities in place. */
export function softmaxCrossEntropy(logits: Float64Array, labels: ArrayLike<number>, classes: number): number {
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const at = i * classes;
    let most = -Infinity;
    for (let k = 0; k < classes; k++) most = Math.max(most, logits[at + k]);
    const target = logits[at + labels[i]] - most;
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const e = Math.exp(logits[at + k] - most);
      logits[at + k] = e;
      sum += e;
    }
    for (let k = 0; k < classes; k++) logits[at + k] /= sum;
    total += Math.log(sum) - target;
  }
  return total / labels.length;
}
