import { readFeatures, normalPerSample } from '@diptych/core';
import type { Batch, Network, Diffusion, ReadFeaturesOptions } from '@diptych/core';
import { bytesToSigned } from '@diptych/data';
import { checkLength, checkOptions, checkRule, rules, type Rule } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import type { TapFeatures } from './tap-features.ts';

export interface NetworkFeaturesOptions extends Pick<ReadFeaturesOptions, 'weights' | 'pool'> {
  /** Names of `network.tapNames()`, or parts of these where the network has such taps. Default all of `network.tapNames()`. */
  taps?: readonly string[];
  /**
   * Class the network is conditioned on: one for all images, or one for each image of a batch. Default none, an unconditional
   * pass; a network without classes ignores it. A probe of features that were given the image's own class reads the answer off
   * its input.
   */
  label?: number | ((images: Batch) => ArrayLike<number>);
  /** From images in [-1, 1] to what the network sees, before noise is added: `(x) => autoencoder.latents(x)`. Default the images. */
  encode?: (images: tf.Tensor4D) => tf.Tensor4D;
}

const tapNames: Rule = {
  words: 'at least one name of a tap',
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name),
};

/**
 * The features of a denoising network for `linearProbeGrid` and its relatives: adds noise to the images, makes one pass for
 * all taps, and copies one row per image for each tap to the host.
 *
 *     x = x0 + sigma n,  n ~ N(0, 1) by key and position of the image:  the same whatever the batch size
 *
 * **Shapes** images [B, H, W, C] -> B rows for each tap, with its own dims. **Units** x0 in [-1, 1] (uint8 becomes
 * p / 127.5 - 1), sigma of the process, above 0. **Memory** no tensor is left behind; `weights` stay the caller's and must live
 * as long as the function is used.
 *
 * @throws DiptychError if there are no taps, or label is no class; and from the function it returns: if a tap is unknown,
 * sigma is not above 0, label does not fit the batch, or pool does not return [B, D]
 * @see Xiang et al. 2023, Denoising diffusion autoencoders are unified self-supervised learners, arXiv:2303.09769
 * @example
 * const features = networkFeatures(network, edm(), { taps: ['mid'], weights: run.ema });
 * const grid = await linearProbeGrid({ features, splits: digitSplits(), sigmas: [0.06, 0.12], key: key(0) });
 */
export function networkFeatures(
  network: Network,
  diffusion: Diffusion,
  options: NetworkFeaturesOptions = {},
): TapFeatures {
  const where = 'networkFeatures';
  checkRule(where, 'network', evalRules.network, network);
  checkRule(where, 'diffusion', evalRules.diffusion, diffusion);
  const {
    taps = network.tapNames(),
    weights,
    label,
    pool,
    encode = (x: tf.Tensor4D) => x,
  } = checkOptions(where, options, {
    taps: tapNames,
    weights: rules.record,
    label: {
      words: 'a class (an integer >= 0) or a function that gives one for each image',
      holds: rules.either(rules.index, rules.callback).holds,
    },
    pool: rules.callback,
    encode: rules.callback,
  });
  checkRule(where, 'taps', tapNames, taps);
  return async (images, sigma, key, first) => {
    const { x, shape } = images;
    const size = tf.util.sizeFromShape([...shape]);
    checkLength(where, { shape }, 4, '[B, H, W, C]');
    checkLength(where, { x }, size, `as its shape [${shape.join(', ')}] says`);
    const vectors = tf.tidy(() => {
      const clean = encode(tf.tensor4d(x instanceof Uint8Array ? bytesToSigned(x) : x, [...shape]));
      const noisy = tf.add(clean, tf.mul(normalPerSample<tf.Rank.R4>(key, clean.shape, { first }), sigma));
      const classes = typeof label === 'number' ? Array<number>(shape[0]).fill(label) : label?.(images);
      return readFeatures(network, diffusion, noisy as tf.Tensor4D, sigma, taps, { weights, label: classes, pool });
    });
    try {
      const row = async (tap: string): Promise<[string, FeatureRows]> => {
        const { shape } = vectors[tap];
        return [tap, { rows: (await vectors[tap].data()) as Float32Array, dims: shape[1] }];
      };
      return Object.fromEntries(await Promise.all(taps.map(row)));
    } finally {
      tf.dispose(vectors);
    }
  };
}
