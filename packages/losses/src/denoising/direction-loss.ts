import { checkOptions, checkRule, rules } from '@diptych/formats/errors';
import type { Diffusion } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';
import { objectiveRules } from '../objective/objective-rules.ts';
import type { Objective } from '../objective/objective.ts';
import { importanceMean } from '../objective/pass.ts';
import { l2Normalize } from '../pairwise/l2-normalize.ts';

export interface DirectionLossOptions {
  /** Prefix of its metrics. Default `direction`. */
  name?: string;
}

/**
 * Direction of the network's prediction at each pixel, beside the size that `denoisingLoss` judges.
 *
 *     L = 1 - mean_i mean_HW cos(F_i, F*_i),  F* = (x0 - c_skip x) / c_out,  cosine over the channels
 *
 * For a process that predicts a velocity this is LightningDiT's velocity direction loss; add it with weight 1.
 *
 * Reports `<name>/loss` and every sample's value beside its noise level.
 *
 * **Shapes** as the student's pass: images [B, H, W, C]; result a scalar. **Memory** Holds nothing.
 * **Units** 0 aligned, 1 orthogonal, 2 opposite. Of use with several channels: with one it compares signs.
 *
 * @see Yao, Yang and Wang 2025, LightningDiT, section 4 (training strategies), arXiv:2501.01423
 * @example
 * const objective = weightedSum([1, denoisingLoss(diffusion)], [1, directionLoss(diffusion)]);
 */
export function directionLoss(diffusion: Diffusion, options: DirectionLossOptions = {}): Objective {
  const { name = 'direction' } = checkOptions('directionLoss', options, { name: rules.text });
  checkRule('directionLoss', 'diffusion', objectiveRules.diffusion, diffusion);
  return {
    name,
    compute({ batch, pass }) {
      const student = pass(diffusion);
      const { sigma, u, noisy, output } = student;
      const c = sigma.map((level) => diffusion.precondition(level));
      const each = (of: readonly number[]) => tf.tensor4d(Float32Array.from(of), [of.length, 1, 1, 1]);
      const skipped = tf.sub(batch.x, tf.mul(noisy, each(c.map(({ cSkip }) => cSkip))));
      const target = tf.div(skipped, each(c.map(({ cOut }) => cOut))); // [B, H, W, C]
      const cosines = tf.sum(tf.mul(l2Normalize(output), l2Normalize(target)), -1); // [B, H, W]
      const perSample = tf.sub(1, tf.mean(cosines, [1, 2])) as tf.Tensor1D;
      const loss = importanceMean(perSample, student);
      const samples = { [name]: { sigma, ...(u && { u }), loss: perSample } };
      return { loss, metrics: { [`${name}/loss`]: loss }, samples };
    },
  };
}
