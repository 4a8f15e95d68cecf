import { ddpm } from '@diptych/core';
import { fixedLarge, fixedSmall, learnedRange, type StepDeviation } from '@diptych/core/samplers';
import * as tf from '@tensorflow/tfjs-core';
import type { Fields, FixtureCase } from '../../../fixtures/index.ts';
import { numbers, only, unknown } from '../close.ts';
import { spacedTimesteps } from '../timesteps.ts';
import { type Planners, chainKeys, clipKeys, listed, limited } from './plan.ts';

/** The ancestral chain. */
export const ddpmPlans: Planners = {
  DDPMScheduler(wanted) {
    const { one, scheduler, config, n } = wanted;
    only(config, ...chainKeys, ...clipKeys, 'variance_type', 'timestep_spacing', 'steps_offset', 'prediction_type');
    const leading = { timestep_spacing: 'leading', ...config };
    const predicted = one.predicted_variance && numbers(one.predicted_variance);
    const deviation =
      {
        fixed_small: fixedSmall,
        fixed_small_log: fixedSmall,
        fixed_large: fixedLarge,
        learned_range: learnedRange(() => tf.tensor(predicted!, one.x_init.shape)),
        // The prediction is the variance of the state of unit variance.
        learned: ((_, next) =>
          tf.mul(tf.sqrt(tf.tensor(predicted!, one.x_init.shape)), Math.hypot(1, next))) as StepDeviation,
      }[(config.variance_type ?? 'fixed_small') as string] ?? unknown(config);
    const clip: Fields = { clip_sample: true, ...config };
    return {
      sampler: ddpm({ deviation }),
      sigmas: listed(wanted, spacedTimesteps(scheduler, leading, n), 0),
      denoise: limited(clip),
    };
  },
};

/** The noise that DDPM of the reference adds in its last step, to 0, if that is from a timestep above 0: its standard deviation. */
export function lastDeviation(one: FixtureCase): number[] | undefined {
  if (one.scheduler !== 'DDPMScheduler' || numbers(one.timesteps).at(-1) === 0) return undefined;
  const size = one.x_init.data.length as number;
  const beta = numbers(one.model_sigma).at(-1)! ** 2;
  switch (one.config.variance_type ?? 'fixed_small') {
    case 'fixed_large':
      return new Array<number>(size).fill(Math.sqrt(beta));
    case 'learned':
      return numbers(one.predicted_variance).map(Math.sqrt);
    case 'learned_range': // whose smallest variance is 1e-20 in place of 0
      return numbers(one.predicted_variance).map((v) => Math.sqrt(beta ** ((v + 1) / 2) * 1e-20 ** ((1 - v) / 2)));
    default:
      return undefined;
  }
}
