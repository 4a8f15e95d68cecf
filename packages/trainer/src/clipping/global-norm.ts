import { check, checkOptions, checkRule, type OptionRules, rules } from '@diptych/formats/errors';
import { fused } from '@diptych/ops';
import type { FusedOp } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface GlobalNormOptions {
  /** p of the norm, from 1 to `Infinity`. Default 2. */
  order?: number;
}

export const normRules: OptionRules<GlobalNormOptions> = {
  order: { words: 'a number >= 1', holds: (value) => typeof value === 'number' && value >= 1 },
};

const tensorList = rules.list(rules.tensor);

/** The op that a backend may have a kernel for. Input x, float32 of any shape; output the sum of its squares, []. */
const op: FusedOp = { name: 'DiptychSumOfSquares' };

/**
 * Norm of all numbers of all tensors, as if they were one vector: (sum |g|^p)^(1/p), or max |g|.
 *
 * **Shapes** any. **Memory** the scalar is the caller's.
 *
 * @throws DiptychError if the order is below 1, or there are no tensors.
 * @example
 * globalNorm([tf.scalar(3), tf.tensor1d([0, 4])]); // 5
 */
export function globalNorm(tensors: readonly tf.Tensor[], options: GlobalNormOptions = {}): tf.Scalar {
  const { order = 2 } = checkOptions('globalNorm', options, normRules);
  checkRule('globalNorm', 'tensors', tensorList, tensors);
  check(tensors.length > 0, 'globalNorm', 'tensors', 'at least one tensor', tensors);
  return tf.tidy(() => {
    // WGSL leaves it open what the maximum of NaN and a number is; a sum is always NaN.
    const largest = (tensor: tf.Tensor) => tf.add(tf.max(tf.abs(tensor)), tf.sum(tf.mul(tensor, 0)));
    if (order === Infinity) return largest(tf.stack(tensors.map(largest))) as tf.Scalar;
    const powers = (x: tf.Tensor) => (order === 1 ? tf.abs(x) : tf.pow(tf.abs(x), order));
    const sum = (x: tf.Tensor) => (order === 2 ? sumOfSquares(x) : tf.sum(powers(x)));
    const total = tf.sum(tf.stack(tensors.map(sum)));
    return (order === 2 ? tf.sqrt(total) : tf.pow(total, 1 / order)) as tf.Scalar;
  });
}

function sumOfSquares(x: tf.Tensor): tf.Tensor {
  if (x.dtype !== 'float32') return tf.sum(tf.square(x));
  return fused(op, { x }, {}, () => tf.sum(tf.square(x)));
}
