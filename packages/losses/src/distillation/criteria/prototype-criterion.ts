import type { StepSchedule } from '@diptych/core';
import { constant } from '@diptych/core/ramps';
import { checkOptions, checkPositive, rules, type OptionRules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { assignmentEntropy } from '../../diagnostics/assignment-entropy.ts';
import { objectiveRules } from '../../objective/objective-rules.ts';
import { setupValue } from '../../objective/setup-value.ts';
import { StepCenter } from '../../pairwise/prototypes/center.ts';
import { centeredSoftmax } from '../../pairwise/prototypes/centered-softmax.ts';
import { dinoLoss } from '../../pairwise/prototypes/dino-loss.ts';
import { sinkhornKnopp, type SinkhornKnoppOptions } from '../../pairwise/prototypes/sinkhorn-knopp.ts';
import type { Criterion } from './criterion.ts';

export interface PrototypeCriterionOptions {
  /** Divides the student's scores. Default 0.1. */
  studentTemperature?: number;
  /** Divides the teacher's scores, a number or a schedule over the steps. Default 0.04. */
  teacherTemperature?: number | StepSchedule;
  /** Share of the old center that stays. Default 0.9. */
  centerMomentum?: number;
  /** Balances the teacher's assignments over the batch in place of the center, as DINOv2 does. Default not. */
  sinkhorn?: Pick<SinkhornKnoppOptions, 'iterations'>;
}

export const prototypeCriterionRules: OptionRules<PrototypeCriterionOptions> = {
  studentTemperature: rules.positive,
  teacherTemperature: objectiveRules.positive,
  centerMomentum: rules.share,
  sinkhorn: rules.record,
};

/**
 * DINO's criterion: the student's distribution over prototypes must match the teacher's, which is centered (or balanced by
 * Sinkhorn-Knopp) and sharpened. The outputs are scores of a `dinoHead`; there is no predictor.
 *
 * Logs `entropy` (of the mean image; 0 when the teacher is certain), `entropyGap` (its distance to ln K, 0 when the teacher is uniform),
 * `kl`
 * (of student and teacher: the loss without that entropy), `balance` (entropy of the mean assignment; ln K when all
 * prototypes are used, 0 when one takes all) and `centerNorm`. The center moves after the step.
 *
 * **Shapes** scores of student and teacher [B, K]; loss and metrics scalars. **Memory** Holds the center from `setup` to `dispose()`.
 *
 * @throws DiptychError if a temperature is not above 0, or the momentum is outside [0, 1]
 * @see Caron et al. 2021, DINO, Algorithm 1, arXiv:2104.14294; Oquab et al. 2023, DINOv2, section 4, arXiv:2304.07193
 * @example
 * selfDistillation({ diffusion, tap: 'mid', criterion: prototypeCriterion(), projector: dinoHead({ out: 512 }), predictor: null, teacher });
 */
export function prototypeCriterion(options: PrototypeCriterionOptions = {}): Criterion {
  const where = 'prototypeCriterion';
  const {
    studentTemperature = 0.1,
    teacherTemperature = 0.04,
    centerMomentum = 0.9,
    sinkhorn,
  } = checkOptions(where, options, prototypeCriterionRules);
  const at = typeof teacherTemperature === 'number' ? constant(teacherTemperature) : teacherTemperature;
  if (sinkhorn) checkOptions(where, sinkhorn, { iterations: rules.count }, 'sinkhorn');
  checkPositive(where, { teacherTemperature: at(0) });
  const held = setupValue<StepCenter>(where);

  return {
    setup: (width) => void held.make(() => new StepCenter(width, { momentum: centerMomentum })),
    compute(student, teacher, { step, training }) {
      const center = held.get();
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
    afterStep: () => held.get().afterStep(),
    variables: () => held.get().variables(),
    dispose: () => held.take()?.dispose(),
  };
}
