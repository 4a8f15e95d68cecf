import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkKey } from '../random/check-key.ts';
import { foldIn, type Key } from '../random/key.ts';
import { normalPerSample, type NormalPerSampleOptions } from '../random/tensors.ts';

/** Vectors v of a shape [B, ...] such that the sum over them of v J v is (or estimates) the trace of J, for every sample. */
export type TraceEstimator = (shape: readonly number[]) => tf.Tensor[];

/**
 * The unit vectors: the exact trace, with as many backward passes as a sample has numbers.
 *
 * @example
 * await likelihood(denoise, x, { sigmas, probes: exactTrace });
 */
export const exactTrace: TraceEstimator = (shape) => {
  checkRule('exactTrace', 'shape', rules.list(rules.count), shape);
  check(shape.length > 0, 'exactTrace', 'shape', '[B, ...]', shape);
  const [samples, ...row] = shape;
  const size = tf.util.sizeFromShape(row);
  return Array.from({ length: size }, (_, i) =>
    tf.tensor(
      Float32Array.from({ length: samples! * size }, (_, k) => (k % size === i ? 1 : 0)),
      [samples!, ...row],
    ),
  );
};

export interface RandomTraceOptions extends NormalPerSampleOptions {
  /** Vectors for each sample; the variance of the estimate falls as 1/count. Default 1. */
  count?: number;
}

const random =
  (where: string, of: (n: tf.Tensor) => tf.Tensor) =>
  (key: Key, options: RandomTraceOptions = {}): TraceEstimator => {
    checkKey(where, key);
    const known = { count: rules.count, first: rules.index };
    const { count = 1, first = 0 } = checkOptions<RandomTraceOptions>(where, options, known);
    return (shape) =>
      Array.from({ length: count }, (_, i) =>
        tf.tidy(() => tf.div(of(normalPerSample(foldIn(key, i), [...shape], { first })), Math.sqrt(count))),
      );
  };

/**
 * Random signs (Hutchinson's estimator): the random vectors of least variance.
 *
 * @see Hutchinson 1990, "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines"
 * @example
 * likelihood(denoise, x, { sigmas: [0.002, 80], probes: rademacherTrace(key(0), { count: 4 }) });
 */
export const rademacherTrace = random('rademacherTrace', (n) => tf.sub(tf.mul(2, tf.step(n)), 1));

/**
 * Standard normal vectors (Skilling's estimator).
 *
 * @see Skilling 1989, "The eigenvalues of mega-dimensional matrices"; Song et al. 2021, appendix D.2, arXiv:2011.13456
 * @example
 * likelihood(denoise, x, { sigmas: [0.002, 80], probes: gaussianTrace(key(0)) });
 */
export const gaussianTrace = random('gaussianTrace', (n) => n);
