import { check } from '@diptych/formats/errors';
import { constantMomentum } from '../schedules/constant-momentum.ts';
import type { MomentumSchedule } from '../schedules/momentum-schedule.ts';
import type { Teacher } from './teacher.ts';

export interface SamplingEmaTeacherOptions {
  /** Momentum of the heads' copies, which the sampling EMA does not cover. Default constant 0.99. */
  headMomentum?: MomentumSchedule;
}

/**
 * The teacher whose network is the very average that training keeps for sampling, so that it costs no memory. The heads'
 * copies move with a momentum of their own.
 *
 * @throws DiptychError, when it is asked for weights, if the trainer keeps no EMA.
 * @example
 * contrastiveDistillation({ process, tap: 'mid', teacher: samplingEmaTeacher({ headMomentum: constantMomentum(0.996) }) });
 */
export function samplingEmaTeacher(options: SamplingEmaTeacherOptions = {}): Teacher {
  const { headMomentum = constantMomentum(0.99) } = options;
  return {
    setup: () => {},
    weights({ ema }) {
      check(ema, 'samplingEmaTeacher', 'context.ema', 'the EMA that training keeps (or take momentumTeacher)', ema);
      return ema;
    },
    headMomentum,
    afterStep: () => {},
    variables: () => ({}),
    dispose: () => {},
  };
}
