import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from './cross-entropy.ts';
import type { PatchLossOptions } from './patch-loss.ts';

/**
 * `patchLoss` of the hidden patches alone, in one list: image after image, patch after patch.
 *
 *     L = 1/B sum_m CE(P_m, softmax(student_m / T)) / (hidden patches of the image of m)
 *
 * **Shapes** student logits and teacher probabilities [M, K]; `hidden` holds the number of hidden patches of each of the B
 * images (0 for none), M in all. Result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that differ, numbers that do not add up to M, a temperature not above 0.
 * @see Oquab et al., DINOv2, arXiv 2304.07193, section 4; the same loss as `patchLoss`.
 * @example
 * const loss = maskedPatchLoss(logits, sinkhornKnopp(teacherLogits), { hidden: [3, 0, 2] });
 */
export function maskedPatchLoss(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  options: PatchLossOptions & { hidden: readonly number[] },
): tf.Scalar {
  const { hidden, temperature = 0.1 } = options;
  const where = 'maskedPatchLoss';
  check(student.rank === 2, where, 'student', 'of shape [M, K]', student);
  check(tf.util.arraysEqual(student.shape, teacher.shape), where, 'teacher', 'of the shape of student', teacher);
  check(temperature > 0 && Number.isFinite(temperature), where, 'options.temperature', 'finite, above 0', temperature);
  const weights = hidden.flatMap((count) => Array<number>(count).fill(1 / count / hidden.length));
  const fits = weights.length === student.shape[0];
  check(fits, where, 'options.hidden', `numbers of hidden patches, ${student.shape[0]} in all`, hidden);
  return tf.tidy(() => {
    return tf.sum(tf.mul(crossEntropy(teacher, student, temperature), tf.tensor1d(weights))) as tf.Scalar;
  });
}
