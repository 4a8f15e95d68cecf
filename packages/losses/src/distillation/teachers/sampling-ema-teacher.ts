import type { StepSchedule } from '@diptych/core';
import { constant } from '@diptych/core/ramps';
import { checkOptions, checkShare, fail } from '@diptych/formats/errors';
import { objectiveRules } from '../../objective/objective-rules.ts';
import type { Teacher } from './teacher.ts';

export interface SamplingEmaTeacherOptions {
  /** Momentum of the heads' copies, which the sampling EMA does not cover, a number or a schedule. Default 0.99. */
  headMomentum?: number | StepSchedule;
}

/**
 * The teacher is the very average of the weights that training keeps for sampling, so it costs no memory. The heads'
 * copies move with a momentum of their own.
 *
 *     copy = m(step) copy + (1 - m(step)) head
 *
 * **Memory** Holds nothing.
 *
 * @throws DiptychError if the momentum is outside [0, 1], or, when asked for its weights, if the trainer keeps no EMA
 * @see Xiang et al. 2025, DDAE++, arXiv:2505.10999. That the sampling average is the teacher is this library's choice.
 * @example
 * contrastiveDistillation({ diffusion, tap: 'mid', teacher: samplingEmaTeacher({ headMomentum: 0.996 }) });
 */
export function samplingEmaTeacher(options: SamplingEmaTeacherOptions = {}): Teacher {
  const { headMomentum = 0.99 } = checkOptions('samplingEmaTeacher', options, { headMomentum: objectiveRules.share });
  const schedule = typeof headMomentum === 'number' ? constant(headMomentum) : headMomentum;
  checkShare('samplingEmaTeacher', { headMomentum: schedule(0) });
  return {
    setup: () => {},
    weights: ({ ema }) =>
      ema ?? fail('samplingEmaTeacher', 'training keeps no EMA to be the teacher; keep one or take momentumTeacher'),
    headMomentum: schedule,
    afterStep: () => {},
    variables: () => ({}),
    dispose: () => {},
  };
}
