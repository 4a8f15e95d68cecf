import { check } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { centeredSoftmax } from '../clustering/centered-softmax.ts';
import { dinoLoss } from '../clustering/dino-loss.ts';
import { StepCenter } from '../clustering/step-center.ts';
import { sinkhornKnopp, type SinkhornKnoppOptions } from '../clustering/sinkhorn-knopp.ts';
import { assignmentEntropy } from '../diagnostics/assignment-entropy.ts';
import type { Schedule } from '../schedules/schedule.ts';
import type { Criterion } from './criterion.ts';

export interface PrototypesOptions {
  /** Divides the student's scores. Default 0.1. */
  studentTemperature?: number;
  /** Divides the teacher's scores, a number or a schedule over the steps. Default 0.04. */
  teacherTemperature?: number | Schedule;
  /** Share of the old centre that stays. Default 0.9. */
  centerMomentum?: number;
  /** Balances the teacher's assignments over the batch in place of the centre, as DINOv2 does. Default not. */
  sinkhorn?: Pick<SinkhornKnoppOptions, 'iterations'>;
}

/**
 * DINO's criterion: the student's distribution over prototypes must match the teacher's, which is centred (or balanced by
 * Sinkhorn-Knopp) and sharpened. The outputs are scores of a `dinoHead`; there is no predictor.
 *
 * Logs `entropy` (of the mean image; 0 when the teacher is certain), `entropyGap` (its distance to ln K, 0 when the teacher is uniform), `kl`
 * (of student and teacher: the loss without that entropy), `balance` (entropy of the mean assignment; ln K when all
 * prototypes are used, 0 when one takes all) and `centerNorm`. The centre moves after the step.
 *
 * **Memory** Holds the centre from `setup` to `dispose()`.
 *
 * @throws DiptychError on temperatures not above 0 or a momentum outside [0, 1].
 * @see Caron et al., DINO, arXiv 2104.14294, Algorithm 1; Oquab et al., DINOv2, arXiv 2304.07193, section 4.
 * @example
 * selfDistillation({ process, tap: 'mid', criterion: prototypes(), projector: dinoHead({ out: 512 }), predictor: null, teacher });
 */
export function prototypes(options: PrototypesOptions = {}): Criterion {
  const { studentTemperature = 0.1, teacherTemperature = 0.04, centerMomentum = 0.9, sinkhorn } = options;
  const at = typeof teacherTemperature === 'number' ? () => teacherTemperature : teacherTemperature;
  const where = 'prototypes';
  check(studentTemperature > 0, where, 'options.studentTemperature', 'above 0', studentTemperature);
  check(at(0) > 0, where, 'options.teacherTemperature', 'above 0', at(0));
  const momentum = centerMomentum >= 0 && centerMomentum <= 1;
  check(momentum, where, 'options.centerMomentum', 'in [0, 1]', centerMomentum);
  let center: StepCenter | undefined;

  return {
    setup(width) {
      check(!center, where, 'criterion', 'used by one objective only', 'a second setup');
      center = new StepCenter(width, { momentum: centerMomentum });
    },
    compute(student, teacher, { step, training }) {
      check(center, where, 'criterion', 'set up before it is used (call setup)', center);
      const temperature = at(step);
      const targets = sinkhorn
        ? sinkhornKnopp(teacher, { ...sinkhorn, temperature })
        : centeredSoftmax(teacher, { center: center.value as tf.Tensor1D, temperature });
      if (training) center.remember(teacher);
      const { sample, batch } = assignmentEntropy(targets);
      const { value } = center;
      const loss = dinoLoss([student], [targets], { temperature: studentTemperature, pairs: () => true });
      const derived = withoutGradient(() => ({
        kl: tf.sub(loss, sample),
        entropyGap: tf.sub(Math.log(value.size), sample),
        centerNorm: tf.norm(value),
      })) as Record<string, tf.Scalar>;
      return { loss, metrics: { entropy: sample, balance: batch, ...derived } };
    },
    afterStep: () => center?.afterStep(),
    variables: () => center?.variables() ?? {},
    dispose() {
      center?.dispose();
      center = undefined;
    },
  };
}
