import { check, checkOptions, checkPositive, checkRule, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Diffusion } from '../contracts/diffusion.ts';
import type { Network } from '../contracts/network.ts';
import { checkDiffusion } from '../diffusion/check-diffusion.ts';
import { preconditioned, type Conditions, conditionRules } from '../diffusion/preconditioned.ts';
import { checkNetwork } from './check-network.ts';
import { readout } from './readout.ts';

export interface ReadFeaturesOptions extends Conditions {
  /** One vector per image from the feature of a tap, [B, ..., D] -> [B, D']. Default the network's own readout, else the mean. */
  pool?: (feature: tf.Tensor, tap: string) => tf.Tensor2D;
}

/**
 * The features of noisy images at one noise level, one vector per image for each tap: what a probe is fitted on.
 *
 * **Shapes** x [B, H, W, C] -> [B, D] for each tap, with its own D. **Units** sigma of the process, x = x0 + sigma n (add the
 * noise yourself). **Memory** the caller owns the result.
 *
 * @param taps names of `network.tapNames()`
 * @throws DiptychError if a tap is unknown, sigma is not above 0, or pool does not return [B, D]
 * @example
 * const { mid } = readFeatures(network, edm(), noisy, 0.06, ['mid'], { weights: run.ema });
 */
export function readFeatures(
  network: Network,
  diffusion: Diffusion,
  x: tf.Tensor4D,
  sigma: number,
  taps: readonly string[],
  options: ReadFeaturesOptions = {},
): Record<string, tf.Tensor2D> {
  const { pool = (feature, tap) => readout(network, tap, feature), ...conditions } = checkOptions<ReadFeaturesOptions>(
    'readFeatures',
    options,
    { ...conditionRules, pool: rules.callback },
  );
  checkNetwork('readFeatures', network);
  checkDiffusion('readFeatures', diffusion);
  checkShape('readFeatures', { x }, ['B', 'H', 'W', 'C']);
  checkPositive('readFeatures', { sigma });
  checkRule('readFeatures', 'taps', rules.list(rules.text), taps);
  return tf.tidy(() => {
    const batch = x.shape[0];
    const { features } = preconditioned(network, diffusion, x, Array<number>(batch).fill(sigma), {
      ...conditions,
      taps,
    });
    const read = (tap: string) => {
      check(features[tap], 'readFeatures', 'taps', `of ${network.tapNames().join(', ')}`, tap);
      const pooled = pool(features[tap], tap);
      checkShape('readFeatures', { [`pool(${tap})`]: pooled }, [batch, 'D']);
      return pooled;
    };
    return Object.fromEntries(taps.map((tap) => [tap, read(tap)]));
  });
}
