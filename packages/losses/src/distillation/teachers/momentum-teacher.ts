import type { NamedVariables, StepSchedule } from '@diptych/core';
import { lerpVariables } from '@diptych/core/networks';
import { constant } from '@diptych/core/ramps';
import { checkRule, checkShare } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { objectiveRules } from '../../objective/objective-rules.ts';
import { setupValue } from '../../objective/setup-value.ts';
import type { Teacher } from './teacher.ts';

/**
 * A teacher with weights of its own: an exponential moving average of the student's with its own momentum, a number or a schedule,
 * for network and heads alike.
 *
 *     teacher = m(step) teacher + (1 - m(step)) student,  after every step
 *
 * MoCo v3, BYOL and DINO let m rise to 1 along half a cosine: `cosineRamp({ from: 0.99, to: 1, steps })` (0.996 in BYOL and DINO).
 *
 * **Memory** Holds a copy of the network's weights from `setup` until `dispose()`.
 *
 * @throws DiptychError if the momentum is outside [0, 1]: at once for a number or at step 0, later in `afterStep`
 * @see Chen, Xie and He 2021, MoCo v3, arXiv:2104.02057; Grill et al. 2020, BYOL, section 3.2, arXiv:2006.07733; Caron et al. 2021,
 * DINO, section 3.1, arXiv:2104.14294
 * @example
 * const teacher = momentumTeacher(cosineRamp({ from: 0.99, to: 1, steps: 5000 }));
 * contrastiveDistillation({ diffusion, tap: 'mid', teacher });
 */
export function momentumTeacher(momentum: number | StepSchedule): Teacher {
  checkRule('momentumTeacher', 'momentum', objectiveRules.share, momentum);
  const schedule = typeof momentum === 'number' ? constant(momentum) : momentum;
  checkShare('momentumTeacher', { momentum: schedule(0) });
  const copies = setupValue<NamedVariables>('momentumTeacher');
  return {
    setup: (network) => void copies.make(() => copied(network.variables())),
    weights: () => copies.get(),
    headMomentum: schedule,
    afterStep: ({ network, step }) => lerpVariables(copies.get(), network.variables(), 1 - schedule(step)),
    variables: () => copies.get(),
    dispose: () => Object.values(copies.take() ?? {}).forEach((variable) => variable.dispose()),
  };
}

/** Variables of their own with the same values, not trainable, under the same names. */
function copied(variables: NamedVariables): NamedVariables {
  const copy = (variable: tf.Variable) => tf.tidy(() => tf.variable(tf.clone<tf.Tensor>(variable), false));
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, copy(variable)]));
}
