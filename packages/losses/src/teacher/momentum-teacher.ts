import type { NamedVariables } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { MomentumSchedule } from '../schedules/momentum-schedule.ts';
import { copyVariables } from './copy-variables.ts';
import { moveTowards } from './move-towards.ts';
import type { Teacher } from './teacher.ts';

/**
 * A teacher with weights of its own: an exponential moving average of the student's with its own momentum schedule,
 * for network and heads alike.
 *
 *     teacher = m(step) teacher + (1 - m(step)) student,  after every step
 *
 * **Memory** Holds a copy of the network's weights from `setup` until `dispose()`.
 *
 * @see MoCo v3, arXiv 2104.02057; DINO, arXiv 2104.14294, section 3.1.
 * @example
 * contrastiveDistillation({ process, tap: 'mid', teacher: momentumTeacher(cosineMomentum({ base: 0.99, steps: 5000 })) });
 */
export function momentumTeacher(momentum: MomentumSchedule): Teacher {
  let copies: NamedVariables | undefined;
  const held = (): NamedVariables => {
    check(copies, 'momentumTeacher', 'teacher', 'set up before it is used (call setup)', copies);
    return copies;
  };
  return {
    setup(network) {
      check(!copies, 'momentumTeacher', 'teacher', 'used by one objective only', 'a second setup');
      copies = copyVariables(network.variables());
    },
    weights: () => held(),
    headMomentum: momentum,
    afterStep: ({ network, step }) => moveTowards(held(), network.variables(), momentum(step)),
    variables: () => held(),
    dispose() {
      for (const variable of Object.values(copies ?? {})) variable.dispose();
      copies = undefined;
    },
  };
}
