import type { Diffusion } from '@diptych/core';
import { prefixed } from '@diptych/core/networks';
import { checkNonNegative, checkOptions, checkRule, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { objectiveRules } from '../objective/objective-rules.ts';
import type { Objective } from '../objective/objective.ts';
import { importanceMean } from '../objective/pass.ts';
import { type ErrorMeasure, squaredError } from './errors/squared-error.ts';
import { type LossUncertainty, uncertaintyWeighted } from './learned-uncertainty.ts';

export interface DenoisingLossOptions {
  /** Weight lambda of the error at noise level sigma. Default `diffusion.weight`; see `minSnr`, `softMinSnr`, `p2` of core. */
  weight?: (sigma: number) => number;
  /** Size of each sample's error. Default `squaredError`; see `huber`, `pseudoHuber`. */
  error?: ErrorMeasure;
  /** Learned size of the loss at each noise level that divides it. Default none; see `learnedUncertainty`. */
  uncertainty?: LossUncertainty;
  /** Prefix of its metrics and variables. Default `denoising`. */
  name?: string;
}

/**
 * Weighted denoising score matching, the loss every diffusion model is trained with.
 *
 *     L = mean_i lambda(sigma_i) mean_HWC (D(x_i; sigma_i) - x0_i)^2
 *
 * What the network predicts (noise, x0, v, a velocity, EDM's F) is the process's choice; a loss on that prediction is
 * this one with lambda = 1 / c_out^2, which is the weight of `edm` and the default of `scheduledDiffusion`. EDM sums over
 * H, W, C where this takes the mean: its gradients are HWC times these.
 *
 * Reports `<name>/loss`, with an uncertainty also the weighted error without it as `<name>/error`; and in `samples` the
 * weighted error of every sample beside its noise level.
 *
 * **Shapes** images and D [B, H, W, C]; result a scalar, in `samples` [B].
 * **Units** of L: squared pixels of images in [-1, 1], times lambda. **Memory** Holds nothing but the uncertainty's
 * variables, `<name>.uncertainty.*`.
 *
 * @throws DiptychError if a weight is negative or not finite
 * @see Karras et al. 2022, EDM, eq. 2 and 8, arXiv:2206.00364
 * @example
 * const objective = denoisingLoss(edm());
 */
export function denoisingLoss(diffusion: Diffusion, options: DenoisingLossOptions = {}): Objective {
  checkRule('denoisingLoss', 'diffusion', objectiveRules.diffusion, diffusion);
  const {
    weight = (sigma: number) => diffusion.weight(sigma),
    error = squaredError,
    uncertainty,
    name = 'denoising',
  } = checkOptions('denoisingLoss', options, {
    weight: rules.callback,
    error: rules.callback,
    uncertainty: rules.having('an uncertainty, such as learnedUncertainty()', 'setup', 'logVariance'),
    name: rules.text,
  });
  return {
    name,
    setup: ({ key }) => uncertainty?.setup(key),
    trainableVariables: () => prefixed(`${name}.uncertainty`, uncertainty?.trainableVariables() ?? {}),
    variables: () => prefixed(`${name}.uncertainty`, uncertainty?.variables() ?? {}),
    compute({ batch, pass }) {
      const student = pass(diffusion);
      const { sigma, u, denoised } = student;
      const lambda = sigma.map((level) => {
        const value = weight(level);
        checkNonNegative('denoisingLoss', { [`weight at sigma ${level}`]: value });
        return value;
      });
      const errors = error(tf.sub(denoised, batch.x));
      checkShape('denoisingLoss', { 'result of error': errors }, [sigma.length]);
      const perSample = tf.mul(errors, tf.tensor1d(lambda)) as tf.Tensor1D; // [B]
      const samples = { [name]: { sigma, ...(u && { u }), loss: perSample } };
      const mean = importanceMean(perSample, student);
      if (!uncertainty) return { loss: mean, metrics: { [`${name}/loss`]: mean }, samples };
      const loss = importanceMean(uncertaintyWeighted(perSample, uncertainty.logVariance(diffusion, sigma)), student);
      return { loss, metrics: { [`${name}/loss`]: loss, [`${name}/error`]: mean }, samples };
    },
    dispose: () => uncertainty?.dispose(),
  };
}
