import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** Sum over all but the batch axis, kept as [B, 1, ...]. */
export const sumRows = (x: tf.Tensor): tf.Tensor => tf.sum(x, axes(x), true);

/** Inner product of each sample, [B, 1, ...]. */
export const dotRows = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => sumRows(tf.mul(x, y));

/** Each sample over its largest entry, and that entry, [B, 1, ...], a constant to the gradient and 1 for zeros: no square leaves float32. */
export function unitRows(x: tf.Tensor): { rows: tf.Tensor; unit: tf.Tensor } {
  const unit = withoutGradient(() => {
    const largest = tf.max(tf.abs(x), axes(x), true);
    return tf.add(largest, isZero(largest));
  });
  return { rows: tf.div(x, unit), unit };
}

/** Length of each sample, [B, 1, ...]; the gradient at a zero sample is 0. */
export function normRows(x: tf.Tensor): tf.Tensor {
  const { rows, unit } = unitRows(x);
  return tf.mul(safeSqrt(dotRows(rows, rows)), unit);
}

/** <x, y>/<y, y> of each sample, [B, 1, ...]: the share of y in x; 0 for a zero y, which has no direction. */
export function shareAlong(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const { rows, unit } = unitRows(y);
  return tf.div(tf.div(dotRows(x, rows), unit), orOne(dotRows(rows, rows)));
}

/** x, or 1 where it is 0: a divisor. */
export const orOne = (x: tf.Tensor): tf.Tensor => tf.add(x, isZero(x));

/** 1 where it is 0, else 0. */
export const isZero = (x: tf.Tensor) => withoutGradient(() => tf.cast(tf.equal(x, 0), 'float32'));

/** Its gradient at 0 is half that of x, not infinite. */
function safeSqrt(x: tf.Tensor): tf.Tensor {
  const zero = isZero(x);
  return tf.sub(tf.sqrt(tf.add(x, zero)), zero);
}

const axes = (x: tf.Tensor) => Array.from({ length: x.rank - 1 }, (_, i) => i + 1);
