import { checkOptions, checkRule, checkShape, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface CenteredSoftmaxOptions {
  /** Running mean of the logits, [K]; see `Center`. */
  center: tf.Tensor1D;
  /** Divides the centered logits: low values sharpen. Default 0.04. */
  temperature?: number;
}

/**
 * The teacher's distribution in DINO: centered against one prototype taking all, sharpened against the uniform answer.
 *
 *     P = softmax((logits - center) / T)
 *
 * **Shapes** logits [..., K], result the same, without gradient. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the center is not [K], or the temperature is not above 0
 * @see Caron et al. 2021, DINO, section 3.1, arXiv:2104.14294
 * @example
 * const targets = centeredSoftmax(teacherHead.apply(z), { center: center.value, temperature: 0.04 });
 */
export function centeredSoftmax<T extends tf.Tensor>(logits: T, options: CenteredSoftmaxOptions): T {
  const where = 'centeredSoftmax';
  const { center, temperature = 0.04 } = checkOptions(where, options, {
    center: rules.required(rules.tensor),
    temperature: rules.positive,
  });
  checkRule(where, 'logits', rules.tensor, logits);
  const width = logits.shape[logits.rank - 1];
  checkShape(where, { center }, [width]);
  return withoutGradient(() => tf.softmax(tf.div(tf.sub(logits, center), temperature)) as T);
}
