import { checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { contrastiveAccuracy } from '../../pairwise/contrastive/contrastive-accuracy.ts';
import { infoNce } from '../../pairwise/contrastive/info-nce.ts';
import type { Criterion } from './criterion.ts';

export interface ContrastiveCriterionOptions {
  /** Divides the cosines. Default 0.2. */
  temperature?: number;
  /**
   * Adds keys of other workers or of earlier steps as further negatives: gets the teacher's keys [B, D] and returns all
   * keys [M, D] with the row at which the given ones begin. Default the batch's own.
   */
  gather?: (keys: Tensor2D) => { keys: Tensor2D; offset: number };
}

/**
 * MoCo v3's criterion: the student's output must find the teacher's of the same image among those of the batch. Logs
 * `accuracy`, the share of images that do.
 *
 * **Shapes** student and teacher [B, D] with B >= 2; loss and accuracy scalars. **Memory** Holds nothing.
 *
 * @throws DiptychError if the temperature is not above 0
 * @see `infoNce`
 * @example
 * selfDistillation({ diffusion, tap: 'mid', criterion: contrastiveCriterion({ temperature: 0.2 }) });
 */
export function contrastiveCriterion(options: ContrastiveCriterionOptions = {}): Criterion {
  const { temperature = 0.2, gather = (keys: Tensor2D) => ({ keys, offset: 0 }) } = checkOptions(
    'contrastiveCriterion',
    options,
    { temperature: rules.positive, gather: rules.callback },
  );
  return {
    compute(student, teacher) {
      const gathered = withoutGradient(() => gather(teacher));
      checkRule(
        'contrastiveCriterion',
        'result of gather',
        rules.having('{ keys, offset }', 'keys', 'offset'),
        gathered,
      );
      const { keys, offset } = gathered;
      return {
        loss: infoNce(student, keys, { temperature, offset }),
        metrics: { accuracy: contrastiveAccuracy(student, keys, { offset }) },
      };
    },
  };
}
