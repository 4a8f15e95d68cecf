import * as tf from '@tensorflow/tfjs-core';
import type { Key } from '@diptych/core';
import { normalPerSample } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import { diagonalGaussian, type DiagonalGaussian, sampleGaussian } from './diagonal-gaussian.ts';
import { checkBlockOptions, type Defaults, withDefaults } from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { Conv2d } from '../../blocks/convolution/conv2d.ts';
import { Autoencoder, autoencoderDefaults, autoencoderRules, type AutoencoderOptions } from './autoencoder.ts';
import { activations, KlDecoder, KlEncoder, type AutoencoderActivation } from './kl-coders.ts';

/** Configuration of an `AutoencoderKL`: plain data. */
export interface AutoencoderKLOptions extends AutoencoderOptions {
  /** Channels of each level, from the full size down; every level but the last halves the image. */
  widths: readonly number[];
  /** Residual blocks of each level; the decoder has one more. Default 2. */
  blocks?: number;
  /** Groups of the normalisations; they divide every width. Default 32. */
  groups?: number;
  /** Levels whose residual blocks are each followed by an attention, 0 being the full size. Default none. */
  attention?: readonly number[];
  /** Such levels of the decoder, if others; 0 is the full size here too. Default `attention`. */
  decoderAttention?: readonly number[];
  /** Whether there is an attention in the middle of encoder and decoder. Default true. */
  midAttention?: boolean;
  /** Whether a 1x1 convolution follows the encoder. Default true. */
  quantConv?: boolean;
  /** Whether a 1x1 convolution precedes the decoder. Default true. */
  postQuantConv?: boolean;
  /** Inside the residual blocks. Default silu. */
  activation?: AutoencoderActivation;
}

const defaults = {
  ...autoencoderDefaults,
  widths: undefined,
  blocks: 2,
  groups: 32,
  attention: [],
  decoderAttention: undefined,
  midAttention: true,
  quantConv: true,
  postQuantConv: true,
  activation: 'silu',
} as const satisfies Defaults<AutoencoderKLOptions>;

/**
 * The KL autoencoder of latent diffusion: a convolutional encoder that gives a normal distribution over latents, and a decoder.
 *
 *     encode: convIn, down.i (block.j, attn.j?, downsample), mid (block1, attn, block2), normOut, convOut, quantConv
 *     decode: postQuantConv, convIn, mid, up.i (block.j, attn.j?, upsample), normOut, convOut
 *
 * As a layer, and with `forward`, it reconstructs: decode(mean). `latents` and `images` are for diffusion models: they apply the
 * normalizer. Images of any size that the downsampling 2^(levels - 1) divides; `tiledDecode` for large ones.
 *
 * **Shapes** x [B, H, W, C] -> mean, logVariance [B, H/f, W/f, c]; z [B, h, w, c] -> [B, h f, w f, C].
 * **Units** images in [-1, 1]. **Memory** the caller owns what `encode`, `decode`, `latents`, `images` and `forward` return.
 *
 * @throws DiptychError if a configuration or an input does not fit
 * @see Rombach et al. 2022, arXiv:2112.10752, section 3.1 and appendix G; Yao et al. 2025, arXiv:2501.01423 (VA-VAE)
 * @example
 * const autoencoder = new AutoencoderKL({ ...autoencoderKLPresets['f8-d4'], normalizer: latentNormalizer({ scale: 0.18215, channels: 4 }) });
 * const { mean, logVariance } = autoencoder.encode(images); // [B, 256, 256, 3] -> [B, 32, 32, 4]
 * const decoded = autoencoder.images(samplesOfADiffusionModel);
 */
export class AutoencoderKL extends Autoencoder {
  static className = 'DiptychAutoencoderKL';
  /** The options it was made with. */
  readonly config: AutoencoderKLOptions;
  readonly #encoder: KlEncoder;
  readonly #quantConv?: Conv2d;
  readonly #postQuantConv?: Conv2d;
  readonly #decoder: KlDecoder;

  constructor(options: AutoencoderKLOptions) {
    checkBlockOptions<AutoencoderKLOptions>('AutoencoderKL', options, {
      ...autoencoderRules,
      widths: needed(blockRules.counts),
      blocks: rules.count,
      groups: rules.count,
      attention: blockRules.indices,
      decoderAttention: blockRules.indices,
      midAttention: rules.flag,
      quantConv: rules.flag,
      postQuantConv: rules.flag,
      activation: rules.oneOf(...Object.keys(activations)),
    });
    const given = withDefaults<AutoencoderKLOptions, typeof defaults>(options, defaults);
    const { channels, outputs = channels, latentChannels, widths, blocks, groups, midAttention, activation } = given;
    const { attention, decoderAttention = attention, quantConv, postQuantConv } = given;
    check(widths.length > 0, 'AutoencoderKL', 'widths', 'the channels of one level at least', widths);
    const most = widths.reduce(greatestCommonDivisor);
    const rule = `divisible by the ${groups} groups: these widths allow ${most} groups and its divisors`;
    check(most % groups === 0, 'AutoencoderKL', 'widths', rule, widths);
    for (const [name, levels] of Object.entries({ attention, decoderAttention })) {
      const there = levels.every((level) => level < widths.length);
      check(there, 'AutoencoderKL', name, `numbers of levels from 0 to ${widths.length - 1}`, levels);
    }
    super(options, { channels, outputs, latentChannels, downsampling: 2 ** (widths.length - 1) });
    this.config = options;
    const style = { blocks, groups, midAttention, activation };
    const at = (levels: readonly number[]) => widths.map((_, level) => levels.includes(level));
    const encoder = { ...style, widths, attention: at(attention), inputs: channels, outputs: 2 * latentChannels };
    this.#encoder = this.part('encoder', new KlEncoder(encoder));
    const pointwise = (width: number) => new Conv2d({ inputs: width, outputs: width, size: 1 });
    if (quantConv) this.#quantConv = this.part('quantConv', pointwise(2 * latentChannels));
    if (postQuantConv) this.#postQuantConv = this.part('postQuantConv', pointwise(latentChannels));
    const up = { widths: [...widths].reverse(), attention: at(decoderAttention).reverse() };
    this.#decoder = this.part('decoder', new KlDecoder({ ...style, ...up, inputs: latentChannels, outputs }));
  }

  /**
   * The distribution of the latents of images; its mean is the most likely latent, `sampleGaussian` draws from it.
   *
   * @throws DiptychError if x are no images of its channels, or the downsampling does not divide their size
   */
  encode(x: tf.Tensor4D): DiagonalGaussian {
    this.checkImages(x);
    this.build();
    return tf.tidy(() => {
      const moments = this.#encoder.forward(x); // [B, h, w, 2 c]
      return { ...diagonalGaussian(this.#quantConv ? this.#quantConv.forward(moments) : moments) };
    });
  }

  /**
   * Latents, not normalised, to images.
   *
   * @throws DiptychError if z are no latents of its channels
   */
  override decode(z: tf.Tensor4D): tf.Tensor4D {
    this.checkLatents(z);
    this.build();
    return tf.tidy(() => this.#decoder.forward(this.#postQuantConv ? this.#postQuantConv.forward(z) : z));
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    return this.decode(this.encode(x).mean as tf.Tensor4D);
  }

  protected override latentsOf(x: tf.Tensor4D, key?: Key): tf.Tensor4D {
    const posterior = this.encode(x);
    if (!key) return posterior.mean as tf.Tensor4D;
    return sampleGaussian(posterior, normalPerSample(key, [...posterior.mean.shape])) as tf.Tensor4D;
  }

  /** Multiply-adds by part, of encoding images [B, H, W, C] and decoding their latents. */
  override macs([batch, height, width]: readonly number[]): Record<string, number> {
    const { channels, latentChannels, downsampling: f } = this.shape;
    const latent = (depth: number) => [batch, height / f, width / f, depth];
    return {
      encoder: totalMacs(this.#encoder, [batch, height, width, channels]),
      ...(this.#quantConv && { quantConv: totalMacs(this.#quantConv, latent(2 * latentChannels)) }),
      ...(this.#postQuantConv && { postQuantConv: totalMacs(this.#postQuantConv, latent(latentChannels)) }),
      decoder: totalMacs(this.#decoder, latent(latentChannels)),
    };
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
