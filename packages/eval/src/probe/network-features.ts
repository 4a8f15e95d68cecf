import { preconditioned, samplewiseNormal, type Network, type Process } from '@diptych/core';
import type { Batch } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { meanPool } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { TapFeatures } from './tap-features.ts';

/** Options of `networkFeatures`. */
export interface NetworkFeaturesOptions {
  /** Names of `network.tapNames()`. */
  taps: readonly string[];
  /** Other weights than the network's own, such as a running average. */
  weights?: tf.NamedTensorMap;
  /** From images in [-1, 1] to what the network sees: `(x) => autoencoder.latents(x)`. Default the images themselves. */
  encode?: (x: tf.Tensor4D) => tf.Tensor4D;
  /** A feature as one row for each image. Default the network's readout, else the mean over all places. */
  pool?: (tap: string, feature: tf.Tensor) => tf.Tensor2D;
}

/**
 * What a network sees of noisy images, one row an image for every tap: the features that a probe is fitted on. The noise of an image is
 * the same whatever the batch size.
 *
 * **Units** sigma of the process, x = x0 + sigma n. **Memory** plain rows; no tensor stays.
 *
 * @throws DiptychError without a tap, for an unknown one, or sigma not above 0
 * @example
 * const features = networkFeatures(network, edm(), { taps: network.tapNames(), weights: run.ema });
 * const grid = await linearProbeGrid({ features, splits: digitSplits(), sigmas: [0.03, 0.12], key: key(0) });
 */
export function networkFeatures(
  network: Network,
  process: Process,
  { taps, weights, encode = (x) => x, pool }: NetworkFeaturesOptions,
): TapFeatures {
  check(taps.length > 0, 'networkFeatures', 'taps', `some of ${network.tapNames().join(', ')}`, taps);
  return async ({ x, shape }: Batch, sigma, key, first) => {
    const pooled = tf.tidy(() => {
      const values = x instanceof Uint8Array ? Float32Array.from(x, (byte) => byte / 127.5 - 1) : x;
      const clean = encode(tf.tensor4d(values, [...shape]));
      const noisy = tf.add(clean, tf.mul(samplewiseNormal(key, [...clean.shape], { first }), sigma)) as tf.Tensor4D;
      const sigmas = Array<number>(shape[0]).fill(sigma);
      const { features } = preconditioned(network, process, noisy, sigmas, { taps, weights });
      const read = (tap: string) =>
        pool?.(tap, features[tap]) ?? network.readout?.(tap, features[tap]) ?? meanPool(features[tap]);
      return Object.fromEntries(taps.map((tap) => [tap, read(tap)]));
    });
    try {
      const rows = Object.entries(pooled).map(async ([tap, feature]) => {
        return [tap, { rows: (await feature.data()) as Float32Array, dims: feature.shape[1] }] as const;
      });
      return Object.fromEntries(await Promise.all(rows));
    } finally {
      tf.dispose(pooled);
    }
  };
}
