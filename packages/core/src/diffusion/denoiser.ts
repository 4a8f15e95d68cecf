import { checkOptions } from '@diptych/formats/errors';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import type { Network } from '../contracts/network.ts';
import type { Diffusion } from '../contracts/diffusion.ts';
import { checkNetwork } from '../networks/check-network.ts';
import { checkDiffusion } from './check-diffusion.ts';
import { type Conditions, conditionRules, preconditioned } from './preconditioned.ts';

/**
 * What a sampler needs of a network: (x, sigma) to D(x; sigma), with labels, augmentation and weights closed over.
 *
 * **Shapes** x [B, H, W, C]. **Memory** label, augmentation and weights stay the caller's, and must live while it is used.
 *
 * @example
 * const images = await sample(heun(), denoiser(network, edm()), { sigmas: karrasSigmas(18), shape: [8, 32, 32, 3], key: key(0) });
 */
export function denoiser(network: Network, diffusion: Diffusion, conditions: Conditions = {}): Denoise {
  checkNetwork('denoiser', network);
  checkDiffusion('denoiser', diffusion);
  checkOptions<Conditions>('denoiser', conditions, conditionRules, 'conditions');
  return (x, sigma) =>
    tf.tidy(() => {
      const sigmas = new Array<number>(x.shape[0]).fill(sigma);
      return preconditioned(network, diffusion, x as Tensor4D, sigmas, conditions).denoised;
    });
}
