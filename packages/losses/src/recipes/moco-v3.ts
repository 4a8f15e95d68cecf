import { cosineRamp } from '@diptych/core/ramps';
import { checkOptions, rules } from '@diptych/formats/errors';
import { contrastiveCriterion } from '../distillation/criteria/contrastive-criterion.ts';
import {
  selfDistillation,
  type SelfDistillationOptions,
  selfDistillationRules,
} from '../distillation/self-distillation.ts';
import { momentumTeacher } from '../distillation/teachers/momentum-teacher.ts';
import type { Objective } from '../objective/objective.ts';

export interface MocoV3Options extends Omit<SelfDistillationOptions, 'criterion' | 'symmetric' | 'studentSigma'> {
  /** Steps over which the teacher's momentum rises to 1. */
  steps: number;
  /** Momentum of the teacher at the beginning. Default 0.99. */
  momentum?: number;
  /** Divides the cosines. Default 0.2. */
  temperature?: number;
  /** Noise level of both views. Default 0.06. */
  sigma?: number;
}

const { criterion: _, symmetric: __, studentSigma: ___, ...sharedRules } = selfDistillationRules;

/**
 * MoCo v3 on a diffusion network, without denoising: the student's view must find the momentum teacher's view of the same
 * image, both ways round.
 *
 *     L = (InfoNCE(q1, k2) + InfoNCE(q2, k1)) / 2,  teacher = m teacher + (1 - m) student,  m from 0.99 to 1 by a cosine
 *
 * The official code adds the two directions where this takes their mean.
 *
 * **Shapes** and **Memory** as `selfDistillation`.
 *
 * @throws DiptychError if `selfDistillation` does, or the temperature is not above 0
 * @see Chen, Xie and He 2021, MoCo v3, Algorithm 1, arXiv:2104.02057
 * @example
 * const objective = mocoV3({ diffusion, tap: 'mid', steps: 5000 });
 */
export function mocoV3(options: MocoV3Options): Objective {
  const {
    steps,
    momentum = 0.99,
    temperature,
    sigma = 0.06,
    name = 'mocoV3',
    ...rest
  } = checkOptions('mocoV3', options, {
    ...sharedRules,
    steps: rules.required(rules.count),
    momentum: rules.share,
    temperature: rules.positive,
    sigma: rules.positive,
  });
  return selfDistillation({
    teacher: momentumTeacher(cosineRamp({ from: momentum, to: 1, steps })),
    teacherSigma: sigma,
    ...rest,
    studentSigma: sigma,
    symmetric: true,
    criterion: contrastiveCriterion({ temperature }),
    name,
  });
}
