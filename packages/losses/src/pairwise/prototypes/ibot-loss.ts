import { check, checkOptions, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from './cross-entropy.ts';

export interface IbotLossOptions {
  /** For logits [B, N, K]: 1 where a patch was hidden from the student, [B, N]. Default every patch. */
  mask?: tf.Tensor2D;
  /**
   * For logits [M, K] of the hidden patches alone, image after image: how many each image has (0 for none), M in all. Default one image.
   */
  hidden?: readonly number[];
  /** Divides the student's logits. Default 0.1. */
  temperature?: number;
}

/**
 * iBOT's patch loss: at each patch hidden from the student, its distribution must match that of the teacher, which saw the
 * whole image.
 *
 *     L = mean_b [ sum_n m_bn CE(P_bn, softmax(student_bn / T)) / max(sum_n m_bn, 1) ]
 *
 * An image without a hidden patch counts as 0. The list of the hidden patches alone, as DINOv2 computes it, gives the same number.
 *
 * **Shapes** student logits and teacher probabilities [B, N, K] (all patches) or [M, K] (the hidden ones); result a scalar.
 * **Units** nats; ln K on flat logits. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes do not fit, `hidden` does not add up to M, or the temperature is not above 0
 * @see Zhou et al. 2022, iBOT, eq. 2 and 3, arXiv:2111.07832; Oquab et al. 2023, DINOv2, section 4, arXiv:2304.07193
 * @example
 * const loss = ibotLoss(studentLogits, centeredSoftmax(teacherLogits, { center }), { mask });
 * const same = ibotLoss(hiddenLogits, sinkhornKnopp(hiddenTeacherLogits), { hidden: [3, 0, 2] });
 */
export function ibotLoss<T extends tf.Tensor2D | tf.Tensor3D>(
  student: T,
  teacher: T,
  options: IbotLossOptions = {},
): tf.Scalar {
  const where = 'ibotLoss';
  const {
    mask,
    hidden,
    temperature = 0.1,
  } = checkOptions(where, options, {
    mask: rules.tensor,
    hidden: rules.list(rules.index),
    temperature: rules.positive,
  });
  check(student?.rank === 2 || student?.rank === 3, where, 'student', 'of shape [B, N, K] or [M, K]', student);
  checkShape(where, { teacher }, student.shape);
  const listed = student.rank === 2;
  const [b, n] = student.shape;
  if (listed) checkHidden(where, b, mask, hidden);
  else checkMask(where, [b, n], mask, hidden);
  return tf.tidy(() => {
    const costs = crossEntropy(teacher, student, temperature); // [B, N] or [M]
    if (listed) {
      const counts = hidden ?? [b];
      const weights = counts.flatMap((count) => Array<number>(count).fill(1 / count / counts.length));
      return tf.sum(tf.mul(costs, tf.tensor1d(weights, 'float32'))) as tf.Scalar;
    }
    if (!mask) return tf.mean(costs) as tf.Scalar;
    const counted = tf.cast(mask, 'float32');
    const perImage = tf.sum(tf.mul(costs, counted), 1); // [B]
    return tf.mean(tf.div(perImage, tf.maximum(tf.sum(counted, 1), 1))) as tf.Scalar;
  });
}

function checkHidden(where: string, m: number, mask?: tf.Tensor, hidden?: readonly number[]): void {
  check(!mask, where, 'mask', 'left out for a list of hidden patches [M, K]', mask);
  if (!hidden) return;
  const total = hidden.reduce((sum, count) => sum + count, 0);
  check(total === m, where, 'hidden', `numbers of hidden patches, ${m} in all`, hidden);
}

function checkMask(where: string, shape: [number, number], mask?: tf.Tensor, hidden?: readonly number[]): void {
  check(!hidden, where, 'hidden', 'left out for all patches [B, N, K]', hidden);
  if (mask) checkShape(where, { mask }, shape);
}
