import { check, checkOptions, checkRule, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from './cross-entropy.ts';

export interface DinoLossOptions {
  /** Divides the student's logits. Default 0.1. */
  temperature?: number;
  /** Which pairs count, by the numbers of teacher's and student's crop. Default those of different crops. */
  pairs?: (teacher: number, student: number) => boolean;
}

/**
 * Self-distillation without labels: the student's distribution on one crop must match the teacher's on another.
 *
 *     L = mean over pairs (t, s), t != s, of mean_i -sum_k P_t(i)_k log softmax(student_s(i) / T)_k
 *
 * The teacher's distributions come from `centeredSoftmax` or `sinkhornKnopp`. (DINOv2 sums over the pairs and divides
 * later.)
 *
 * **Shapes** one [B, K] for each crop: student logits, global crops first, and teacher probabilities of the global crops.
 * Result a scalar. **Units** nats; ln K when student and teacher are uniform. **Memory** The result is the caller's.
 *
 * @throws DiptychError if there are no pairs, the shapes differ, or the temperature is not above 0
 * @see Caron et al. 2021, DINO, eq. 3 and Algorithm 1, arXiv:2104.14294
 * @example
 * const loss = dinoLoss([s1, s2, ...local], [t1, t2].map((t) => centeredSoftmax(t, { center: center.value, temperature: 0.04 })));
 */
export function dinoLoss(
  student: readonly tf.Tensor2D[],
  teacher: readonly tf.Tensor2D[],
  options: DinoLossOptions = {},
): tf.Scalar {
  const where = 'dinoLoss';
  const { temperature = 0.1, pairs = (t: number, s: number) => t !== s } = checkOptions(where, options, {
    temperature: rules.positive,
    pairs: rules.callback,
  });
  checkRule(where, 'student', rules.list(rules.tensor), student);
  checkRule(where, 'teacher', rules.list(rules.tensor), teacher);
  const crops = [...student, ...teacher];
  for (const crop of crops) {
    checkShape(where, { crop }, ['B', 'K']);
    checkShape(where, { crop }, crops[0].shape);
  }
  return tf.tidy(() => {
    const terms = teacher.flatMap((probabilities, t) =>
      student
        .filter((_, s) => pairs(t, s))
        .map((logits) => tf.mean(crossEntropy(probabilities, logits, temperature)) as tf.Scalar),
    );
    check(terms.length > 0, where, 'pairs', 'true for at least one pair of crops', terms.length);
    return tf.div(tf.addN(terms), terms.length) as tf.Scalar;
  });
}
