import { preconditioned, type Conditions, type Network, type Process } from '@diptych/core';
import { readout } from '@diptych/core/networks';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The features of noisy images at one noise level, each tap read out as one vector per image: what a probe is fitted on.
 *
 * **Shapes** x [B, H, W, C] -> [B, D] for each tap, D its own. **Units** sigma of the process, x = x0 + sigma n (the noise is
 * the caller's to add). **Memory** the caller owns the result.
 *
 * @param taps names of `network.tapNames()`
 * @throws DiptychError for an unknown tap, or sigma not above 0
 * @example
 * const { mid } = readFeatures(network, edm(), noisy, 0.06, ['mid'], { weights: run.ema });
 */
export function readFeatures(
  network: Network,
  process: Process,
  x: tf.Tensor4D,
  sigma: number,
  taps: readonly string[],
  conditions: Conditions = {},
): Record<string, tf.Tensor2D> {
  return tf.tidy(() => {
    const sigmas = Array<number>(x.shape[0]).fill(sigma);
    const { features } = preconditioned(network, process, x, sigmas, { ...conditions, taps });
    return Object.fromEntries(taps.map((tap) => [tap, readout(network, tap, features[tap])]));
  });
}
