import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { Block } from '../../base/block.ts';
import { checkBlockOptions, type Defaults, withDefaults } from '../../base/check-options.ts';
import { blockRules } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { Conv2d } from '../../blocks/convolution/conv2d.ts';
import { Resample } from '../../blocks/image/resample.ts';
import { Autoencoder, autoencoderDefaults, autoencoderRules, type AutoencoderOptions } from './autoencoder.ts';
import { activations, type AutoencoderActivation } from './kl-coders.ts';

/** Configuration of an `AutoencoderTiny`: plain data. */
export interface AutoencoderTinyOptions extends AutoencoderOptions {
  /** Channels inside. Default 64. */
  width?: number;
  /** Channels inside the decoder, if others. Default `width`. */
  decoderWidth?: number;
  /** Blocks of each level of the encoder, from the full size down. Default [1, 3, 3, 3]. */
  encoderBlocks?: readonly number[];
  /** Blocks of each level of the decoder, from the latent up; as many levels. Default [3, 3, 3, 1]. */
  decoderBlocks?: readonly number[];
  /** Inside the blocks; they end with a ReLU in any case. Default relu. */
  activation?: AutoencoderActivation;
}

const defaults = {
  ...autoencoderDefaults,
  width: 64,
  decoderWidth: undefined,
  encoderBlocks: [1, 3, 3, 3],
  decoderBlocks: [3, 3, 3, 1],
  activation: 'relu',
} as const satisfies Defaults<AutoencoderTinyOptions>;

type ImageBlock = Block<[tf.Tensor4D], tf.Tensor4D>;
type Images = (x: tf.Tensor4D) => tf.Tensor4D;

/** An activation as a layer of its own. */
class Activation extends Block<[tf.Tensor4D], tf.Tensor4D> {
  static className = 'DiptychAutoencoderActivation';
  readonly #kind: AutoencoderActivation;

  constructor(kind: AutoencoderActivation) {
    super();
    this.#kind = kind;
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    return activations[this.#kind](x) as tf.Tensor4D;
  }
}

const same: Images = (x) => x;
const toUnit: Images = (x) => tf.div(tf.add(x, 1), 2);
const fromUnit: Images = (x) => tf.sub(tf.mul(x, 2), 1);
/** Keeps latents within (-3, 3). */
const cut: Images = (z) => tf.mul(tf.tanh(tf.div(z, 3)), 3);

/** relu(x + conv.4(act(conv.2(act(conv.0(x)))))). */
class TinyBlock extends Block<[tf.Tensor4D], tf.Tensor4D> {
  static className = 'DiptychTinyBlock';
  readonly #convs: readonly Conv2d[];
  readonly #kind: AutoencoderActivation;

  constructor(width: number, kind: AutoencoderActivation) {
    super();
    this.#kind = kind;
    this.#convs = [0, 2, 4].map((at) => this.part(`conv.${at}`, new Conv2d({ inputs: width, outputs: width })));
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    const act = activations[this.#kind] as (x: tf.Tensor) => tf.Tensor4D;
    const [first, second, third] = this.#convs;
    const h = third.forward(act(second.forward(act(first.forward(x)))));
    return tf.relu(tf.add(x, h) as tf.Tensor4D);
  }

  override macs(shape: readonly number[]): Record<string, number> {
    return { conv: this.#convs.reduce((sum, conv) => sum + totalMacs(conv, shape), 0) };
  }
}

/** Layers one after the other, under the numbers that they have in the official network, between two changes of scale. */
class TinyCoder extends Block<[tf.Tensor4D], tf.Tensor4D> {
  static className = 'DiptychTinyCoder';
  readonly #layers: readonly ImageBlock[];
  readonly #before: Images;
  readonly #after: Images;

  constructor(layers: readonly ImageBlock[], before: Images, after: Images) {
    super();
    this.#before = before;
    this.#after = after;
    this.#layers = layers.map((layer, i) => this.part(`layers.${i}`, layer));
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    return this.#after(this.#layers.reduce((value, layer) => layer.forward(value), this.#before(x)));
  }

  override macs(inputShape: readonly number[]): Record<string, number> {
    let shape = [...inputShape];
    const counted = this.#layers.map((layer, i) => {
      const count = totalMacs(layer, shape);
      shape = layer.computeOutputShape(shape) as number[];
      return [`layers.${i}`, count] as const;
    });
    return Object.fromEntries(counted);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return this.#layers.reduce<Shape>((shape, layer) => layer.computeOutputShape(shape) as Shape, inputShape);
  }
}

/**
 * The tiny autoencoder (TAESD): Stable Diffusion's latents with a thirtieth of its weights, without normalisation or attention, so that
 * tiles of an image decode to exactly what the whole does.
 *
 *     encode: (x + 1) / 2, convolutions and blocks, each level but the first behind a convolution of stride 2
 *     decode: 3 tanh(z / 3), convolution and blocks, each level but the last doubled, 2 y - 1
 *
 * Its latents are those that a diffusion model sees, so its usual normalizer is `latentNormalizer({ scale: 1, channels: 4 })`.
 *
 * **Shapes** x [B, H, W, C] -> z [B, H/f, W/f, c] and back, with f = 2^(levels - 1).
 * **Units** images in [-1, 1]. **Memory** the caller owns what `encode`, `decode`, `latents`, `images` and `forward` return.
 *
 * @throws DiptychError if a configuration or an input does not fit
 * @see github.com/madebyollin/taesd; `AutoencoderTiny` of diffusers
 * @example
 * const autoencoder = new AutoencoderTiny({ normalizer: latentNormalizer({ scale: 1, channels: 4 }) });
 * const decoded = autoencoder.images(latents); // [B, 32, 32, 4] -> [B, 256, 256, 3]
 */
export class AutoencoderTiny extends Autoencoder {
  static className = 'DiptychAutoencoderTiny';
  /** The options it was made with. */
  readonly config: AutoencoderTinyOptions;
  readonly #encoder: TinyCoder;
  readonly #decoder: TinyCoder;

  constructor(options: AutoencoderTinyOptions = {}) {
    checkBlockOptions<AutoencoderTinyOptions>('AutoencoderTiny', options, {
      ...autoencoderRules,
      width: rules.count,
      decoderWidth: rules.count,
      encoderBlocks: blockRules.indices,
      decoderBlocks: blockRules.indices,
      activation: rules.oneOf(...Object.keys(activations)),
    });
    const given = withDefaults<AutoencoderTinyOptions, typeof defaults>(options, defaults);
    const { channels, outputs = channels, latentChannels, width, decoderWidth = width } = given;
    const { encoderBlocks, decoderBlocks, activation } = given;
    check(encoderBlocks.length > 0, 'AutoencoderTiny', 'encoderBlocks', 'of one level at least', encoderBlocks);
    const rule = `of the ${encoderBlocks.length} levels of the encoder`;
    check(decoderBlocks.length === encoderBlocks.length, 'AutoencoderTiny', 'decoderBlocks', rule, decoderBlocks);
    super(options, { channels, outputs, latentChannels, downsampling: 2 ** (encoderBlocks.length - 1) });
    this.config = options;
    const blocks = (count: number, of: number) => Array.from({ length: count }, () => new TinyBlock(of, activation));
    const plain = { inputs: width, outputs: width };
    const down = () => new Conv2d({ ...plain, strides: 2, padding: 1, bias: false });
    const encoder = encoderBlocks.flatMap((count, level): ImageBlock[] => [
      level === 0 ? new Conv2d({ inputs: channels, outputs: width }) : down(),
      ...blocks(count, width),
    ]);
    const decoder = decoderBlocks.flatMap((count, level): ImageBlock[] => {
      const last = level === decoderBlocks.length - 1;
      const conv = { inputs: decoderWidth, outputs: last ? outputs : decoderWidth, bias: last };
      return [...blocks(count, decoderWidth), ...(last ? [] : [new Resample({ direction: 'up' })]), new Conv2d(conv)];
    });
    const out = new Conv2d({ inputs: width, outputs: latentChannels });
    this.#encoder = this.part('encoder', new TinyCoder([...encoder, out], toUnit, same));
    const begin = [new Conv2d({ inputs: latentChannels, outputs: decoderWidth }), new Activation(activation)];
    this.#decoder = this.part('decoder', new TinyCoder([...begin, ...decoder], cut, fromUnit));
  }

  /**
   * The latents of images.
   *
   * @throws DiptychError if x are no images of its channels, or the downsampling does not divide their size
   */
  encode(x: tf.Tensor4D): tf.Tensor4D {
    this.checkImages(x);
    return this.#encoder.forward(x);
  }

  /**
   * Latents, not normalised, to images.
   *
   * @throws DiptychError if z are no latents of its channels
   */
  override decode(z: tf.Tensor4D): tf.Tensor4D {
    this.checkLatents(z);
    return this.#decoder.forward(z);
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    return this.decode(this.encode(x));
  }

  protected override latentsOf(x: tf.Tensor4D): tf.Tensor4D {
    return this.encode(x);
  }

  /** Multiply-adds by part, of encoding images [B, H, W, C] and decoding their latents. */
  override macs([batch, height, width]: readonly number[]): Record<string, number> {
    const { channels, latentChannels, downsampling: f } = this.shape;
    return {
      encoder: totalMacs(this.#encoder, [batch, height, width, channels]),
      decoder: totalMacs(this.#decoder, [batch, height / f, width / f, latentChannels]),
    };
  }
}
