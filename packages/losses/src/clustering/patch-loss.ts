import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from './cross-entropy.ts';

export interface PatchLossOptions {
  /** Divides the student's logits. Default 0.1. */
  temperature?: number;
}

/**
 * iBOT's patch loss: at each patch that was hidden from the student, its distribution must match that of the teacher, who
 * saw the whole image.
 *
 *     L = mean_b [ sum_n m_bn CE(P_bn, softmax(student_bn / T)) / max(sum_n m_bn, 1) ]
 *
 * An image without a hidden patch counts as 0.
 *
 * **Shapes** student logits and teacher probabilities [B, N, K], mask [B, N] with 1 where hidden; result a scalar.
 * **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that do not fit or a temperature not above 0.
 * @see Zhou et al., iBOT, arXiv 2111.07832, eq. 2 and 3.
 * @example
 * const loss = patchLoss(studentLogits, centeredSoftmax(teacherLogits, { center }), { mask });
 */
export function patchLoss(
  student: tf.Tensor3D,
  teacher: tf.Tensor3D,
  options: PatchLossOptions & { mask: tf.Tensor2D },
): tf.Scalar {
  const { mask, temperature = 0.1 } = options;
  const where = 'patchLoss';
  check(student.rank === 3, where, 'student', 'of shape [B, N, K]', student);
  check(tf.util.arraysEqual(student.shape, teacher.shape), where, 'teacher', 'of the shape of student', teacher);
  const [b, n] = student.shape;
  check(
    mask.rank === 2 && mask.shape[0] === b && mask.shape[1] === n,
    where,
    'options.mask',
    `of shape [${b}, ${n}]`,
    mask,
  );
  check(temperature > 0 && Number.isFinite(temperature), where, 'options.temperature', 'finite, above 0', temperature);
  return tf.tidy(() => {
    const hidden = tf.cast(mask, 'float32');
    const costs = tf.sum(tf.mul(crossEntropy(teacher, student, temperature), hidden), 1); // [B]
    return tf.mean(tf.div(costs, tf.maximum(tf.sum(hidden, 1), 1))) as tf.Scalar;
  });
}
