import { checkOptions, rules } from '@diptych/formats/errors';
import type { Objective } from '../objective/objective.ts';
import { contrastiveCriterion } from './criteria/contrastive-criterion.ts';
import { selfDistillation, type SelfDistillationOptions, selfDistillationRules } from './self-distillation.ts';

export interface ContrastiveDistillationOptions extends Omit<SelfDistillationOptions, 'criterion'> {
  /** Divides the cosines. Default 0.2. */
  temperature?: number;
}

const { criterion: _, ...withoutCriterion } = selfDistillationRules;

/**
 * Contrastive self-distillation inside a denoising network, by default one-directional: the student's pooled feature of
 * the noised training image, of the very pass that denoises, must find the teacher's feature of another view of the same
 * image among those of the batch.
 *
 *     q = predictor(projector(z(x1 + sigma n1))),  k = projector_EMA(z_EMA(x2 + sigma_teacher n2)),  L = InfoNCE(q, k)
 *
 * This is `selfDistillation` with the criterion `contrastiveCriterion`. Metrics: `loss`, `accuracy` (is the positive the most similar
 * key), and of the student's projections `featureStd` (1 healthy, 0 collapsed) and `meanCosine` (1 collapsed).
 *
 * **Shapes** and **Memory** as `selfDistillation`.
 *
 * @throws DiptychError if the network lacks the tap, the batch has one image, the heads do not fit, or a noise level or the temperature
 * is not above 0
 * @see Xiang et al. 2025, DDAE++, arXiv:2505.10999; Chen, Xie and He 2021, MoCo v3, Algorithm 1, arXiv:2104.02057. The placement of
 * noise and views is this library's reading of the method.
 * @example
 * const objective = weightedSum([1, denoisingLoss(diffusion)], [0.1, contrastiveDistillation({ diffusion, tap: 'mid' })]);
 */
export function contrastiveDistillation(options: ContrastiveDistillationOptions): Objective {
  const { temperature, ...rest } = checkOptions('contrastiveDistillation', options, {
    ...withoutCriterion,
    temperature: rules.positive,
  });
  return selfDistillation({ ...rest, criterion: contrastiveCriterion({ temperature }) });
}
