import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { fused } from '../fused/dispatch.ts';
import { composedGroupNorm, groupNormOp } from './composed-group-norm.ts';

export interface GroupNormFuncOptions {
  /** Into how many groups of neighbours the channels are divided. Default 32, as in the DDPM UNet. */
  groups?: number;
  /** Added to the variance under the root. Default 1e-5; the DDPM UNet has 1e-6. */
  epsilon?: number;
}

const groupNormRules = { groups: rules.count, epsilon: rules.positive } as const;

/**
 * Group normalisation: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, with mean and biased variance over all places of
 * one sample and the C / groups channels of one group.
 *
 * One group is layer norm over the whole sample, as many groups as channels is instance norm.
 *
 * **Shapes** x [B, ..., C], gamma and beta [C] or null (1 and 0); result as x.
 * **Memory** the caller owns the result; the gradient saves x (without a copy) and two numbers per sample and group.
 *
 * @throws DiptychError if the shapes do not fit, the groups do not divide the channels or epsilon is not positive
 * @see Wu, He 2018, arXiv:1803.08494, eq. 1 to 4
 *
 * @example
 * ```ts
 * groupNorm(tf.tensor4d([1, 3, 10, 30], [1, 1, 1, 4]), null, null, { groups: 2 }); // [-1, 1, -1, 1]
 * ```
 */
export function groupNorm<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D | null,
  beta: tf.Tensor1D | null,
  options: GroupNormFuncOptions = {},
): T {
  const { groups = 32, epsilon = 1e-5 } = checkOptions('groupNorm', options, groupNormRules);
  checkShape('groupNorm', { x }, ['B', '...', 'C']);
  const channels = x.shape[x.rank - 1];
  const whole = channels % groups === 0;
  check(whole, 'groupNorm', 'groups', `a divisor of the ${channels} channels`, groups);
  if (gamma != null) checkShape('groupNorm', { gamma }, [channels]);
  if (beta != null) checkShape('groupNorm', { beta }, [channels]);
  return tf.tidy(() => {
    const places = x.shape.slice(1, -1).reduce((product, size) => product * size, 1);
    const images = tf.reshape(x, [x.shape[0], places, channels]) as tf.Tensor3D; // [B, S, C]
    const scale = gamma ?? tf.ones<tf.Rank.R1>([channels]);
    const shift = beta ?? tf.zeros<tf.Rank.R1>([channels]);
    const y = fused(groupNormOp, { x: images, gamma: scale, beta: shift }, { groups, epsilon }, () =>
      composedGroupNorm(images, scale, shift, groups, epsilon),
    );
    return tf.reshape(y, x.shape) as T;
  });
}
