import { preconditioned, type Diffusion } from '@diptych/core';
import { prefixed } from '@diptych/core/networks';
import { check, checkLength, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { objectiveRules } from '../objective/objective-rules.ts';
import type { Objective } from '../objective/objective.ts';
import { tokenCosineLoss } from '../pairwise/cosine/token-cosine-loss.ts';
import type { HeadFactory } from './heads/head.ts';
import { objectiveHead } from './heads/objective-head.ts';
import { plainHead } from './heads/plain-head.ts';
import { applyToTokens, tapChannels } from './tap-features.ts';
import { samplingEmaTeacher } from './teachers/sampling-ema-teacher.ts';
import type { Teacher } from './teachers/teacher.ts';

export interface SelfAlignmentOptions {
  /** The diffusion of the student's pass, shared with the denoising loss when it is the same value. */
  diffusion: Diffusion;
  /** The student's feature, of an earlier block. */
  tap: string;
  /** The teacher's feature, of a later block, of the same shape but for the channels. */
  teacherTap: string;
  /** Noise levels of the teacher from those of the student. Default 0.8 of each. */
  teacherSigma?: (student: readonly number[]) => readonly number[];
  /** From the student's channels to the teacher's. Default `plainHead` of the width that fits. */
  projector?: HeadFactory;
  /** Default `samplingEmaTeacher()`. */
  teacher?: Teacher;
  /** Prefix of its metrics and variables. Default `selfAlignment`. */
  name?: string;
}

/**
 * Self-representation alignment: the features of an earlier block of the student at a higher noise level must match those of
 * a later block of its own average at a lower one. No other encoder, no second view.
 *
 *     L = -mean cos(projector(h_early(x0 + sigma n)), sg(h_late,EMA(x0 + sigma' n))),  sigma' < sigma, the same n
 *
 * **Shapes** both taps [B, N, D] or [B, h, w, D], the channels their own; result a scalar in [-1, 1].
 * **Memory** Holds `<name>.projector` (and a `momentumTeacher`'s `<name>.teacher.network`) from `setup` to `dispose()`.
 *
 * @throws DiptychError if the network lacks a tap, or the shapes of the features differ
 * @see Jiang et al. 2025, SRA, section 3, arXiv:2505.02831. Its distance is not the cosine in every setting; this is REPA's.
 * @example
 * const objective = weightedSum([1, denoisingLoss(diffusion)], [0.2, selfAlignment({ diffusion, tap: 'in.1', teacherTap: 'mid' })]);
 */
export function selfAlignment(options: SelfAlignmentOptions): Objective {
  const where = 'selfAlignment';
  const {
    diffusion,
    tap,
    teacherTap,
    teacherSigma = (student: readonly number[]) => student.map((sigma) => 0.8 * sigma),
    projector: make,
    teacher = samplingEmaTeacher(),
    name = 'selfAlignment',
  } = checkOptions(where, options, {
    diffusion: objectiveRules.diffusion,
    tap: objectiveRules.tap,
    teacherTap: objectiveRules.tap,
    teacherSigma: rules.callback,
    projector: rules.callback,
    teacher: objectiveRules.teacher,
    name: objectiveRules.name,
  });
  const projector = objectiveHead(where, name);
  return {
    name,
    taps: [tap],
    setup({ network, batch, key }) {
      const channels = (of: string) => tapChannels(where, network, diffusion, of, batch);
      const out = channels(teacherTap);
      const { outputs } = projector.build(make ?? plainHead({ out }), channels(tap), key);
      check(outputs === out, where, 'projector', `a head with ${out} outputs`, outputs);
      teacher.setup(network);
    },
    trainableVariables: () => projector.trainableVariables(),
    variables: () => ({
      ...projector.variables(),
      ...prefixed(`${name}.teacher.network`, teacher.variables()),
    }),
    compute(context) {
      const { batch, network, training, step } = context;
      const { sigma, noisy, features } = context.pass(diffusion);
      const projected = applyToTokens(projector.head(), features[tap] as tf.Tensor, { training, step });
      const target = withoutGradient(() => {
        const levels = teacherSigma(sigma);
        checkRule(where, 'result of teacherSigma', rules.list(rules.positive), levels);
        checkLength(where, { 'result of teacherSigma': levels }, sigma.length, 'one per image');
        const ratio = tf.tensor4d(
          Float32Array.from(levels, (level, i) => level / sigma[i]),
          [levels.length, 1, 1, 1],
        );
        const cleaner = tf.add(batch.x, tf.mul(tf.sub(noisy, batch.x), ratio)) as tf.Tensor4D; // x0 + sigma' n
        const weights = teacher.weights(context);
        const { features: late } = preconditioned(network, diffusion, cleaner, levels, {
          ...(batch.label && { label: batch.label }),
          ...(batch.augmentation && { augmentation: batch.augmentation }),
          ...(weights && { weights }),
          taps: [teacherTap],
        });
        return late[teacherTap] as tf.Tensor;
      });
      const loss = tokenCosineLoss(projected, target);
      return { loss, metrics: { [`${name}/loss`]: loss } };
    },
    afterStep: (context) => teacher.afterStep(context),
    dispose() {
      projector.dispose();
      teacher.dispose();
    },
  };
}
