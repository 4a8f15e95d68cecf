import type { Process } from '@diptych/core';
import { check } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../objective.ts';

export interface DenoisingLossOptions {
  /** Weight of |D - x0|^2 at noise level sigma. Default `process.weight`. */
  weight?: (sigma: number) => number;
  /** Prefix of its metrics. Default `denoising`. */
  name?: string;
}

/**
 * Weighted denoising score matching, the loss every diffusion model is trained with.
 *
 *     L = mean_i lambda(sigma_i) mean_HWC (D(x_i; sigma_i) - x0_i)^2
 *
 * What the network predicts (noise, v, velocity) is the process's choice; a loss on that prediction is this loss with
 * another weight, see `epsilonWeight`, `vWeight`, `minSnrWeight`. EDM sums over H, W, C where this takes the mean, so
 * its gradients are HWC times these.
 *
 * Reports `<name>/loss` and, in `samples`, the loss of every sample beside its noise level.
 *
 * **Units** of L: squared pixels of images in [-1, 1], times lambda.
 *
 * @throws DiptychError when a weight is negative or not finite.
 * @see Karras et al., arXiv 2206.00364, eq. 2 and 8.
 * @example
 * const objective = denoisingLoss(edm());
 */
export function denoisingLoss(process: Process, options: DenoisingLossOptions = {}): Objective {
  const { weight = (sigma: number) => process.weight(sigma), name = 'denoising' } = options;
  return {
    name,
    compute({ batch, pass }) {
      const { sigma, denoised } = pass(process);
      const lambda = sigma.map((level) => {
        const value = weight(level);
        check(
          value >= 0 && Number.isFinite(value),
          'denoisingLoss',
          `weight at sigma ${level}`,
          'finite, at least 0',
          value,
        );
        return value;
      });
      const squared = tf.mean(tf.squaredDifference(denoised, batch.x), [1, 2, 3]); // [B]
      const perSample = tf.mul(squared, tf.tensor1d(lambda)) as tf.Tensor1D;
      const loss = tf.mean(perSample) as tf.Scalar;
      return { loss, metrics: { [`${name}/loss`]: loss }, samples: { [name]: { sigma, loss: perSample } } };
    },
  };
}
