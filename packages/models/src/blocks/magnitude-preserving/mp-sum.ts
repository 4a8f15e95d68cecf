import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, checkTensor, rules } from '@diptych/formats/errors';

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
export function mpSum<T extends tf.Tensor>(a: T, b: T, options: MpSumOptions = {}): T {
  checkTensor('mpSum', { a, b });
  const { share = 0.5 } = checkOptions('mpSum', options, { share: rules.share });
  check(tf.util.arraysEqual(a.shape, b.shape), 'mpSum', 'b', `of shape [${a.shape.join(', ')}]`, b);
  checkShare('mpSum', share);
  const size = Math.hypot(1 - share, share);
  return tf.tidy(() => tf.add(tf.mul(a, (1 - share) / size), tf.mul(b, share / size)) as T);
}

/** Options of `mpConcat`. */
export interface MpConcatOptions {
  /** Share t of the second in what comes out. Default 0.5. */
  share?: number;
}

/**
 * Magnitude-preserving concatenation along the last axis: with N_a and N_b channels and C = sqrt((N_a + N_b) / ((1 - t)^2 + t^2)),
 *
 *     [a (1 - t) C / sqrt(N_a), b t C / sqrt(N_b)]
 *
 * so that the two contribute as 1 - t to t whatever their widths are, and the variance is kept.
 *
 * **Shapes** [..., N_a], [..., N_b] -> [..., N_a + N_b]. **Memory** the caller owns the result.
 *
 * @throws DiptychError if the shapes differ before the last axis or the share is not from 0 to 1
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 103
 * @example
 * const merged = mpConcat(x, skip);
 */
export function mpConcat<T extends tf.Tensor>(a: T, b: T, options: MpConcatOptions = {}): T {
  checkTensor('mpConcat', { a, b });
  const { share = 0.5 } = checkOptions('mpConcat', options, { share: rules.share });
  const before = a.shape.slice(0, -1);
  const fits = a.rank >= 1 && tf.util.arraysEqual(before, b.shape.slice(0, -1)) && b.rank === a.rank;
  check(fits, 'mpConcat', 'b', `of shape [${[...before, 'N'].join(', ')}]`, b);
  checkShare('mpConcat', share);
  const [first, second] = [a.shape[a.rank - 1], b.shape[b.rank - 1]];
  const whole = Math.sqrt(first + second) / Math.hypot(1 - share, share);
  return tf.tidy(() => {
    const parts = [tf.mul(a, ((1 - share) * whole) / Math.sqrt(first)), tf.mul(b, (share * whole) / Math.sqrt(second))];
    return tf.concat(parts, a.rank - 1) as T;
  });
}

/** Refuses shares that are not from 0 to 1. */
export function checkShare(where: string, share: number): void {
  check(share >= 0 && share <= 1, where, 'share', 'from 0 to 1', share);
}
