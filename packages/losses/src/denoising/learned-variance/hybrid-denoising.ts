import type { DiscreteSchedule } from '@diptych/core';
import { foldIn, normalPerSample } from '@diptych/core';
import { uniformTime } from '@diptych/core/schedules';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { independentDraws } from '../../objective/draws.ts';
import { objectiveRules } from '../../objective/objective-rules.ts';
import type { Objective } from '../../objective/objective.ts';
import { hybridBound } from './hybrid-bound.ts';

export interface HybridDenoisingOptions {
  /** The chain, of variance-preserving steps. */
  schedule: DiscreteSchedule;
  /** What the network is told of a timestep. Default the timestep itself. */
  label?: (timestep: number) => number;
  /** Factor of the bound: 1 is DiT's default, steps / 1000 its rescaled form. Default 1. */
  boundWeight?: number;
  /** Prefix of its metrics. Default `hybrid`. */
  name?: string;
}

/**
 * Trains a network that predicts noise and the variance of the reverse step, as improved DDPM, ADM and DiT do. Its output has
 * twice the channels of the image: first the noise, then the variance.
 *
 *     L = mean_i [ mean_HWC (epsilon - n)^2 + w bound_i(sg(epsilon), variance) ],  t_i uniform over the chain
 *
 * Makes a forward pass of its own, as other terms cannot share one with twice the channels. Reports `<name>/loss` and
 * every sample's value.
 *
 * **Shapes** images [B, H, W, C], the network's output [B, H, W, 2 C]; result a scalar. **Memory** Holds nothing.
 *
 * @throws DiptychError if the last step of the chain keeps no signal (`zeroTerminalSnr`), or the output has other channels
 * @see Nichol and Dhariwal 2021, eq. 16, arXiv:2102.09672; `hybridBound`
 * @example
 * const network = new DiT({ ...ditPresets['S/2'], image: [32, 32, 4] });
 * const objective = hybridDenoising({ schedule: discreteSchedule(linearBetas()) });
 */
export function hybridDenoising(options: HybridDenoisingOptions): Objective {
  const where = 'hybridDenoising';
  const {
    schedule,
    label = (t: number) => t,
    boundWeight = 1,
    name = 'hybrid',
  } = checkOptions(where, options, {
    schedule: objectiveRules.schedule,
    label: rules.callback,
    boundWeight: rules.nonNegative,
    name: rules.text,
  });
  const last = schedule.alphasCumprod.at(-1)!;
  const rule = 'a chain that keeps some signal in every step: without it noise says nothing of x0';
  check(last > 0, where, 'schedule', rule, `a last alphaBar of ${last}`);
  return {
    name,
    compute({ network, batch, key, first, training }) {
      const { x: images, label: classes, augmentation } = batch;
      const [b, , , channels] = images.shape;
      const draws = independentDraws(foldIn(key, 0), b, first);
      const timestep = Array.from(draws, (u) => uniformTime(schedule, u));
      const each = (of: (alphaBar: number) => number) =>
        tf.tensor4d(
          timestep.map((t) => of(schedule.alphasCumprod[t])),
          [b, 1, 1, 1],
        );
      const noise = normalPerSample(foldIn(key, 1), images.shape, { first }) as tf.Tensor4D;
      const signal = tf.mul(images, each(Math.sqrt));
      const noisy = tf.add(
        signal,
        tf.mul(
          noise,
          each((alphaBar) => Math.sqrt(1 - alphaBar)),
        ),
      ) as tf.Tensor4D;
      const input = {
        x: noisy,
        noise: tf.tensor1d(timestep.map(label)),
        ...(classes && { label: classes }),
        ...(augmentation && { augmentation }),
      };
      const { output } = network.forward(input, { training, key: foldIn(key, 2) });
      check(output.shape[3] === 2 * channels, where, 'output of the network', `of ${2 * channels} channels`, output);
      const [epsilon, variance] = tf.split(output, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
      const loss = hybridBound(epsilon, variance, { schedule, timestep, images, noisy, noise, boundWeight }); // [B]
      const mean = tf.mean(loss) as tf.Scalar;
      const sigma = timestep.map((t) => schedule.sigmas[t]);
      return {
        loss: mean,
        metrics: { [`${name}/loss`]: mean },
        samples: { [name]: { sigma, u: [...draws], loss } },
      };
    },
  };
}
