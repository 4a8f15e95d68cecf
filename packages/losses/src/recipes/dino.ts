import { cosineRamp } from '@diptych/core/ramps';
import { checkOptions, rules } from '@diptych/formats/errors';
import {
  prototypeCriterion,
  type PrototypeCriterionOptions,
  prototypeCriterionRules,
} from '../distillation/criteria/prototype-criterion.ts';
import { dinoHead } from '../distillation/heads/dino-head.ts';
import {
  selfDistillation,
  type SelfDistillationOptions,
  selfDistillationRules,
} from '../distillation/self-distillation.ts';
import { momentumTeacher } from '../distillation/teachers/momentum-teacher.ts';
import type { Objective } from '../objective/objective.ts';

export interface DinoOptions
  extends
    Omit<SelfDistillationOptions, 'criterion' | 'symmetric' | 'studentSigma' | 'predictor'>,
    PrototypeCriterionOptions {
  /** Steps over which the teacher's momentum rises to 1. */
  steps: number;
  /** Number of prototypes K, for the default projector. Default 4096 (65536 at the paper's scale). */
  out?: number;
  /** Momentum of the teacher at the beginning. Default 0.996. */
  momentum?: number;
  /** Noise level of all views. Default 0.06. */
  sigma?: number;
}

const { criterion: _, symmetric: __, studentSigma: ___, predictor: ____, ...sharedRules } = selfDistillationRules;

/**
 * DINO on a diffusion network, without denoising: the student's distribution over prototypes must match that of a momentum
 * teacher on another view, centered and sharpened. The first two views of the batch go to both; `localViews` says how
 * many further ones go to the student alone.
 *
 *     L = mean over pairs of different views of CE(softmax((teacher - c)/T_t), softmax(student/T_s))
 *
 * **Shapes** and **Memory** as `selfDistillation`.
 *
 * @throws DiptychError if `selfDistillation` or `prototypes` does
 * @see Caron et al. 2021, DINO, Algorithm 1, arXiv:2104.14294
 * @example
 * const objective = dino({ diffusion, tap: 'mid', steps: 5000, out: 512 });
 */
export function dino(options: DinoOptions): Objective {
  const {
    steps,
    out = 4096,
    momentum = 0.996,
    sigma = 0.06,
    name = 'dino',
    studentTemperature,
    teacherTemperature,
    centerMomentum,
    sinkhorn,
    ...rest
  } = checkOptions('dino', options, {
    ...sharedRules,
    ...prototypeCriterionRules,
    steps: rules.required(rules.count),
    out: rules.count,
    momentum: rules.share,
    sigma: rules.positive,
  });
  return selfDistillation({
    teacher: momentumTeacher(cosineRamp({ from: momentum, to: 1, steps })),
    projector: dinoHead({ out }),
    teacherSigma: sigma,
    ...rest,
    studentSigma: sigma,
    symmetric: true,
    predictor: null,
    criterion: prototypeCriterion({ studentTemperature, teacherTemperature, centerMomentum, sinkhorn }),
    name,
  });
}
