import { checkShape } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface AssignmentEntropy {
  /** Mean entropy of the samples' distributions: 0 certain, ln K undecided. */
  sample: tf.Scalar;
  /** Entropy of the mean distribution: ln K when all prototypes are used alike, 0 when one takes all. */
  batch: tf.Scalar;
}

/**
 * How decided and how balanced a teacher's assignments to K prototypes are. The two ways to collapse show here: one
 * prototype for all (`batch` goes to 0) and the uniform answer for all (`sample` goes to ln K).
 *
 *     sample = mean_i H(P_i),  batch = H(mean_i P_i),  H(p) = -sum_k p_k ln p_k
 *
 * **Shapes** probabilities [B, K]; two scalars without gradient. **Units** nats. **Memory** The results are the caller's.
 *
 * @throws DiptychError if probabilities are not [B, K]
 * @see Caron et al. 2021, DINO, section 5.3 and figure 7, arXiv:2104.14294
 * @example
 * const { sample, batch } = assignmentEntropy(centeredSoftmax(scores, { center }));
 */
export function assignmentEntropy(probabilities: tf.Tensor2D): AssignmentEntropy {
  checkShape('assignmentEntropy', { probabilities }, ['B', 'K']);
  return withoutGradient(() => {
    const entropy = (p: tf.Tensor) => tf.neg(tf.sum(tf.mul(p, tf.log(tf.maximum(p, 1e-30))), -1));
    return {
      sample: tf.mean(entropy(probabilities)) as tf.Scalar,
      batch: entropy(tf.mean(probabilities, 0)) as tf.Scalar,
    };
  }) as unknown as AssignmentEntropy;
}
