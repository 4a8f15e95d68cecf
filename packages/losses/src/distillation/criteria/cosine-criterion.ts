import * as tf from '@tensorflow/tfjs-core';
import { negativeCosine } from '../../pairwise/cosine/negative-cosine.ts';
import type { Criterion } from './criterion.ts';

/**
 * The criterion of BYOL and SimSiam: the student's prediction must point where the teacher's projection does. Without
 * negatives, so a predictor on the student's side is needed against collapse.
 *
 *     L = 2 - 2 mean_i cos(p_i, z_i)
 *
 * BYOL takes a `momentumTeacher`, SimSiam a `studentTeacher`.
 *
 * **Shapes** predictions and targets [B, D] with B >= 2; result a scalar in [0, 4]. **Memory** Holds nothing.
 *
 * @see Grill et al. 2020, BYOL, eq. 2, arXiv:2006.07733; Chen and He 2021, SimSiam, eq. 1, arXiv:2011.10566
 * @example
 * selfDistillation({ diffusion, tap: 'mid', criterion: agreement(), teacher: momentumTeacher(cosineMomentum({ base: 0.996, steps })) });
 */
export function cosineCriterion(): Criterion {
  return {
    compute: (student, teacher) => ({
      loss: tf.tidy(() => tf.add(tf.mul(negativeCosine(student, teacher), 2), 2) as tf.Scalar),
    }),
  };
}
