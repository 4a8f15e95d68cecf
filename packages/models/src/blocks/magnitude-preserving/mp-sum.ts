import * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { checkShare } from './check-share.ts';

/** Options of `mpSum`. */
export interface MpSumOptions {
  /** Share t of the second. Default 0.5. */
  share?: number;
}

/**
 * Magnitude-preserving sum: ((1 - t) a + t b) / sqrt((1 - t)^2 + t^2), which keeps the variance of independent a and b.
 *
 * **Shapes** two of the same shape -> the same. **Memory** the caller owns the result.
 *
 * @throws DiptychError if the shapes differ or the share is not from 0 to 1
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 88
 * @example
 * const y = mpSum(x, residual, { share: 0.3 });
 */
export function mpSum<T extends tf.Tensor>(a: T, b: T, { share = 0.5 }: MpSumOptions = {}): T {
  check(tf.util.arraysEqual(a.shape, b.shape), 'mpSum', 'b', `of shape [${a.shape.join(', ')}]`, b);
  checkShare('mpSum', share);
  const size = Math.hypot(1 - share, share);
  return tf.tidy(() => tf.add(tf.mul(a, (1 - share) / size), tf.mul(b, share / size)) as T);
}
