import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { Key, Network } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import type { BlockRules, Defaults } from '../../base/check-options.ts';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkNormalizer, denormalized, normalized, type LatentNormalizer } from './latent-normalizer.ts';

/** What every autoencoder is configured with. */
export interface AutoencoderOptions extends BlockOptions {
  /** Channels of the images. Default 3. */
  channels?: number;
  /** Channels that come out, if others. Default `channels`. */
  outputs?: number;
  /** Channels of a latent. Default 4. */
  latentChannels?: number;
  /** Shift and scale between its latents and those that a diffusion model sees. Saved with the weights. */
  normalizer?: LatentNormalizer;
}

/** These with their defaults. */
export const autoencoderDefaults = {
  channels: 3,
  outputs: undefined,
  latentChannels: 4,
  normalizer: undefined,
} as const satisfies Defaults<AutoencoderOptions>;

/** Their rules. */
export const autoencoderRules = {
  channels: rules.count,
  outputs: rules.count,
  latentChannels: rules.count,
  normalizer: rules.object,
} satisfies BlockRules<AutoencoderOptions>;

/** Numbers of an autoencoder that follow from its options. */
export interface AutoencoderShape {
  channels: number;
  outputs: number;
  latentChannels: number;
  /** Pixels of an image along each axis for one of the latent. */
  downsampling: number;
}

/**
 * The base of autoencoders: images [B, H, W, C] in [-1, 1] to latents [B, H / f, W / f, c] and back, with f the downsampling.
 *
 * `encode` and `decode` are the plain ones. Diffusion models see normalised latents: `latents` and `images` go there and back, and
 * refuse to without a normalizer.
 */
export abstract class Autoencoder extends Block<[tf.Tensor4D], tf.Tensor4D> {
  /** Channels of images and latents, and how many pixels one latent stands for along each axis. */
  readonly shape: AutoencoderShape;
  #normalizer?: LatentNormalizer;

  constructor(options: AutoencoderOptions, shape: AutoencoderShape) {
    super(options);
    this.shape = shape;
    if (options.normalizer) this.normalizer = options.normalizer;
  }

  /** Latents to images, both as the autoencoder was trained. */
  abstract decode(z: tf.Tensor4D): tf.Tensor4D;

  /** Latents of images: with a key drawn, where the autoencoder gives a distribution, else the most likely ones. */
  protected abstract latentsOf(x: tf.Tensor4D, key?: Key): tf.Tensor4D;

  /** Shift and scale between these latents and those that a diffusion model sees; undefined until it is known. */
  get normalizer(): LatentNormalizer | undefined {
    return this.#normalizer;
  }

  set normalizer(normalizer: LatentNormalizer) {
    this.#normalizer = checkNormalizer(this.shownName, normalizer, this.shape.latentChannels);
  }

  /**
   * What a diffusion model is trained on: normalised latents, drawn with a key, else the most likely ones.
   *
   * **Shapes** [B, H, W, C] in [-1, 1] -> [B, H / f, W / f, c]. **Memory** the caller owns the result.
   *
   * @throws DiptychError without a normalizer, or if x does not fit
   */
  latents(x: tf.Tensor4D, key?: Key): tf.Tensor4D {
    const normalizer = this.#needed('latents');
    this.build();
    return tf.tidy(() => normalized(this.latentsOf(x, key), normalizer));
  }

  /**
   * The images of normalised latents, such as a diffusion model draws: the inverse of `latents`.
   *
   * **Shapes** [B, h, w, c] -> [B, h f, w f, C]. **Memory** the caller owns the result.
   *
   * @param normalizer of the diffusion model. Default that of the autoencoder
   * @throws DiptychError without a normalizer, or if z does not fit
   */
  images(z: tf.Tensor4D, normalizer: LatentNormalizer = this.#needed('images')): tf.Tensor4D {
    checkNormalizer(`${this.shownName}.images`, normalizer, this.shape.latentChannels);
    this.checkLatents(z);
    return tf.tidy(() => this.decode(denormalized(z, normalizer)));
  }

  /** As `train` of `@diptych/trainer` takes it: its output is the reconstruction. */
  asNetwork(): Network {
    return {
      forward: ({ x }) => ({ output: this.forward(x), features: {} }),
      variables: () => this.variables(),
      trainableVariables: () => this.trainableVariables(),
      tapNames: () => [],
    };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { normalizer: _, ...config } = super.getConfig();
    return { ...config, ...(this.#normalizer && { normalizer: JSON.parse(JSON.stringify(this.#normalizer)) }) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, 3), this.shape.outputs];
  }

  /** Refuses what are no images of this autoencoder, and says which sizes would be. */
  protected checkImages(x: tf.Tensor4D): void {
    const { channels, downsampling: f } = this.shape;
    check(x.rank === 4 && x.shape[3] === channels, this.shownName, 'x', `images [B, H, W, ${channels}]`, x);
    const fits = x.shape.slice(1, 3).every((n) => n > 0 && n % f === 0);
    const near = (n: number) => [Math.floor(n / f) * f, Math.ceil(n / f) * f].filter((size) => size > 0);
    const sizes = x.shape.slice(1, 3).map((n) => [...new Set(near(n))].join(' or '));
    const rule = `images whose height and width are divisible by ${f}, such as ${sizes[0]} high and ${sizes[1]} wide`;
    check(fits, this.shownName, 'x', rule, x);
  }

  /** Refuses what are no latents of this autoencoder. */
  protected checkLatents(z: tf.Tensor4D): void {
    const { latentChannels } = this.shape;
    check(
      z.rank === 4 && z.shape[3] === latentChannels,
      this.shownName,
      'z',
      `latents [B, h, w, ${latentChannels}]`,
      z,
    );
  }

  #needed(method: string): LatentNormalizer {
    const rule =
      'set: latentNormalizer({ scale, channels }) of the published one, or what encodeLatents measured; encode and decode do without';
    check(this.#normalizer, `${this.shownName}.${method}`, 'normalizer', rule, this.#normalizer);
    return this.#normalizer;
  }
}
