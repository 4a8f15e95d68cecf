import { augmentationParameters } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';
import { foldIn, type ForwardOptions, type NetworkInput } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { silu } from '@diptych/ops';
import { checkBlockOptions, type Given, withDefaults } from '../../base/check-options.ts';
import { macsByPart } from '../../base/macs.ts';
import { Conv2d } from '../../blocks/convolution/conv2d.ts';
import { GroupNorm } from '../../blocks/norm/group-norm.ts';
import { SelfConditioning } from '../../conditions/self-conditioning.ts';
import { checkAugmentation, plainInputs } from '../../conditions/condition-embeddings.ts';
import { labelOrNull } from '../../blocks/embedding/label-embedding.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import { Resample } from '../../blocks/image/resample.ts';
import { UNetBlock, UNetMiddle, type UNetBlockOptions } from '../../blocks/image/unet-block.ts';
import { unetInit } from '../../blocks/image/unet-initials.ts';
import {
  unetLayout,
  unetDefaults,
  unetRules,
  unetTaps,
  type UNetLayout,
  type UNetOptions,
  type UNetStage,
} from './unet-config.ts';
import { UNetEmbedding } from './unet-embedding.ts';

/**
 * UNet: residual blocks on smaller and smaller images, and back on larger and larger ones, each of which also sees what the way down had
 * at its place. The networks of DDPM, DDPM++ and NCSN++ (SongUNet), ADM and diffusers' UNet2DModel are settings of it: `unetPresets`.
 *
 *     e = embedding(noise, label, augmentation)              the condition; e' = e + s u after the block of self-conditioning
 *     inConv, in.1, in.2 ..., down.1, ...                    every output is kept
 *     mid
 *     out.1, out.2 ..., up.1, ...                            out.k sees [x, the latest unused output of the way down]
 *     outConv(silu(outNorm(x)))
 *
 * The blocks `out.1` ... are numbered as DDAE numbers the layers that it probes: on the way up, resampling left out. Without a label
 * or an augmentation nothing is added for them; a label is ignored without `classes`, an augmentation refused that it is not configured for. It takes images of every
 * size that its levels divide. Taps: `in.i`, `mid`, `out.i`, `selfConditioning.pooled`, and every part (`out.3.attn`).
 *
 * **Weights at first** `initials`: see `UNetInitials`. **Shapes** x [B, H, W, C], noise [B], label int32 [B], augmentation [B, 9] -> [B, H, W,
 * outputs]. **Units** the noise label enters the features as it is: DDAE feeds t/T in (0, 1], diffusers the step, EDM ln(sigma)/4.
 * **Memory** the caller owns what `forward` returns.
 *
 * @throws DiptychError if a configuration or an input does not fit, or a tap is unknown
 * @see Ho et al. 2020, arXiv:2006.11239, appendix B; Song et al. 2021, arXiv:2011.13456, appendix H; Dhariwal and Nichol 2021,
 *   arXiv:2105.05233, section 3; Karras et al. 2022, arXiv:2206.00364, table 7; self-conditioning: DDAE++, arXiv:2505.10999
 * @example
 * const network = new UNet({ ...unetPresets.ddpm, image: [32, 32, 3], selfConditioning: { after: 'out.6' } });
 * const { output, features } = network.forward({ x, noise }, { taps: ['out.6'] });
 */
export class UNet extends NetworkBlock {
  static className = 'DiptychUNet';
  override readonly classes?: number;
  /** The options it was made with. */
  readonly config: UNetOptions;
  /** Its steps, in the order of the computation. */
  readonly layout: UNetLayout;
  readonly #given: Given<UNetOptions, typeof unetDefaults>;
  readonly #embedding: UNetEmbedding;
  readonly #inConv: Conv2d;
  readonly #steps = new Map<string, UNetBlock | UNetMiddle | Resample>();
  readonly #pyramid = new Map<string, Resample | Conv2d | GroupNorm>();
  #selfConditioning?: SelfConditioning;
  readonly #outNorm: GroupNorm;
  readonly #outConv: Conv2d;

  constructor(options: UNetOptions) {
    super(checkBlockOptions<UNetOptions>('UNet', options, unetRules), plainInputs(options));
    const { classes, augmentation = false } = options;
    this.config = options;
    const given = withDefaults<UNetOptions, typeof unetDefaults>(options, unetDefaults);
    this.#given = given;
    this.layout = unetLayout(options);
    this.classes = classes ?? undefined;
    const { image, width, outputs = image[2], initials, groups, finalGroups = groups, epsilon } = given;
    const { frequencies = width, embedding, steps, endpoint, sinFirst, labelsAt, nullClass, labelDropout } = given;
    const { encoder, decoder, stem, condition, last, guideAfter } = this.layout;
    const count = augmentation === true ? augmentationParameters : augmentation || undefined;
    this.#embedding = this.part(
      'embedding',
      new UNetEmbedding({
        ...{ frequencies, condition, embedding, steps, endpoint, sinFirst, initials, augmentation: count },
        ...{ classes: this.classes, labelsAt, nullClass, labelDropout },
      }),
    );
    const conv = (inputs: number, out: number, size: number, role: 'inner' | 'last' = 'inner') =>
      new Conv2d({ inputs, outputs: out, size, ...unetInit(initials, size * size * inputs, role) });
    this.#inConv = this.part('inConv', conv(image[2], stem, 3));
    for (const stage of [...encoder, ...decoder]) {
      this.#addStage(stage, conv);
      if (stage.name === guideAfter) this.#selfConditioning = this.part('selfConditioning', this.#guide(stage.outputs));
    }
    this.#outNorm = this.part('outNorm', new GroupNorm({ width: last, groups: finalGroups, epsilon }));
    this.#outConv = this.part('outConv', conv(last, outputs, 3, 'last'));
  }

  #addStage(stage: UNetStage, conv: (inputs: number, outputs: number, size: number, role?: 'last') => Conv2d): void {
    const { name, kind, level, inputs, outputs } = stage;
    const { filter, encoder, decoder, image, groups, finalGroups = groups, epsilon, initials } = this.#given;
    if (kind === 'head') {
      const norm = new GroupNorm({ width: inputs, groups: finalGroups, epsilon });
      this.#pyramid.set(`pyramidNorm.${level}`, this.part(`pyramidNorm.${level}`, norm));
      this.#pyramid.set(name, this.part(name, conv(inputs, outputs, 3, 'last')));
      return;
    }
    this.#steps.set(name, this.part(name, this.#step(stage)));
    const direction = kind === 'down' ? 'down' : 'up';
    const filtered = { direction, filter } as const;
    if (kind === 'up' && decoder === 'skip') {
      this.#pyramid.set(`pyramidUp.${level + 1}`, this.part(`pyramidUp.${level + 1}`, new Resample(filtered)));
    }
    if (kind !== 'down' || encoder === 'standard') return;
    const residual = encoder === 'residual';
    const before =
      residual && level > 1 ? this.layout.encoder.find((of) => of.name === `down.${level - 1}`)!.outputs : image[2];
    const fused = { inputs: before, outputs, fused: true, ...unetInit(initials, 9 * before) };
    const small = new Resample(residual ? { ...filtered, conv: fused } : filtered);
    this.#pyramid.set(`pyramidDown.${level}`, this.part(`pyramidDown.${level}`, small));
    if (residual) return;
    this.#pyramid.set(`pyramidIn.${level}`, this.part(`pyramidIn.${level}`, conv(image[2], outputs, 1)));
  }

  #step({ kind, inputs, outputs, resampling, heads }: UNetStage): UNetBlock | UNetMiddle | Resample {
    const { filter, downPadding, projectShortcut, conditioning, activation, initials } = this.#given;
    const { groups, middleGroups = groups, epsilon, dropout, skipScale, middleScale = skipScale } = this.#given;
    const resamples = kind === 'down' || kind === 'up';
    if (resamples && resampling === 'conv') {
      const conv = { inputs, outputs, ...unetInit(initials, 9 * inputs) };
      if (kind === 'up') return new Resample({ direction: kind, conv });
      return new Resample({ direction: kind, filter: 'none', conv: { ...conv, padding: downPadding } });
    }
    const options: UNetBlockOptions = {
      ...{ inputs, outputs, condition: this.layout.condition, conditioning, groups, epsilon, dropout },
      ...{ activation, initials, scale: kind === 'mid' ? middleScale : skipScale },
      ...(resamples && { resample: { direction: kind, filter }, projectShortcut }),
      ...(heads > 0 && { attention: { heads, groups: kind === 'mid' ? middleGroups : groups } }),
    };
    return kind === 'mid' ? new UNetMiddle(options) : new UNetBlock(options);
  }

  #guide(width: number): SelfConditioning {
    const { depth, scale, zeroInit, stopGradient, rerouted } = this.config.selfConditioning!;
    const { condition } = this.layout;
    return new SelfConditioning({ width, condition, depth, scale, zeroInit, stopGradient, rerouted });
  }

  protected override predict(input: NetworkInput, options: ForwardOptions): tf.Tensor4D {
    const { center, encoder, decoder, noiseIsSigma } = this.#given;
    const x = this.#checked(input);
    let condition = this.#condition(input, options); // [B, E]
    const run = (stage: UNetStage, h: tf.Tensor4D, i: number) => {
      const own = options.key && { ...options, key: foldIn(options.key, 1 + i) };
      const step = this.#steps.get(stage.name)!;
      const y = step instanceof Resample ? step.forward(h) : step.forward(h, condition, own ?? options);
      if (stage.name === this.layout.guideAfter) condition = this.#selfConditioning!.forward(y, condition);
      return y;
    };
    const pyramid = (name: string, image: tf.Tensor4D) => this.#pyramid.get(name)!.forward(image) as tf.Tensor4D;

    let aux = center ? (tf.sub(tf.mul(x, 2), 1) as tf.Tensor4D) : x;
    let h = this.#inConv.forward(aux); // [B, H, W, stem]
    const skips = [h];
    for (const [i, stage] of this.layout.encoder.entries()) {
      h = run(stage, h, i);
      if (stage.kind === 'down' && encoder !== 'standard') {
        aux = pyramid(`pyramidDown.${stage.level}`, aux);
        if (encoder === 'skip') h = tf.add(h, pyramid(`pyramidIn.${stage.level}`, aux));
        else aux = h = tf.mul(tf.add(h, aux), Math.SQRT1_2);
      }
      skips.push(h);
    }
    let image: tf.Tensor4D | undefined;
    const placed = (part: tf.Tensor4D) => (image ? tf.add(part, image) : part) as tf.Tensor4D;
    for (const [i, stage] of this.layout.decoder.entries()) {
      const { kind, level } = stage;
      if (kind === 'head') image = placed(pyramid(stage.name, silu(pyramid(`pyramidNorm.${level}`, h))));
      else {
        const given = kind === 'block' ? (tf.concat([h, skips.pop()!], 3) as tf.Tensor4D) : h;
        h = run(stage, given, this.layout.encoder.length + i);
        if (kind === 'up' && decoder === 'skip') image = pyramid(`pyramidUp.${level + 1}`, image!);
      }
    }
    const output = placed(this.#outConv.forward(silu(this.#outNorm.forward(h)) as tf.Tensor4D)); // [B, H, W, outputs]
    return noiseIsSigma ? tf.div(output, tf.reshape(input.noise, [-1, 1, 1, 1])) : output;
  }

  /** The images, if they fit. */
  #checked({ x }: NetworkInput): tf.Tensor4D {
    const [, height, width, channels] = x.shape;
    const { image } = this.config;
    const { factor } = this.layout;
    const sized = [height, width].every((n) => n > 0 && n % factor === 0);
    const fits = channels === image[2] && sized;
    const sides = factor === 1 ? '' : `, height and width divisible by ${factor}`;
    check(fits, 'UNet', 'x', `images [B, H, W, ${image[2]}]${sides}`, x);
    return x;
  }

  #condition(input: NetworkInput, options: ForwardOptions): tf.Tensor2D {
    const { noiseIsSigma, augmentation } = this.#given;
    const { labels } = this.#embedding;
    const noise = (noiseIsSigma ? tf.log(input.noise) : input.noise) as tf.Tensor1D;
    if (augmentation) checkAugmentation('UNet', input, augmentation === true ? undefined : augmentation);
    const label = labels && labelOrNull('UNet', input, labels);
    const augmented = augmentation && input.augmentation;
    return this.#embedding.forward({ noise, label, ...(augmented && { augmentation: augmented }) }, options);
  }

  /** Multiply-adds of one image by part. */
  override macs(): Record<string, number> {
    return macsByPart(this, unetShapes(this.config, this.layout));
  }

  override tapNames(): readonly string[] {
    const names = unetTaps(this.layout);
    if (this.#selfConditioning) names.splice(names.indexOf(this.layout.guideAfter!) + 1, 0, 'selfConditioning.pooled');
    return names;
  }

  override computeOutputShape(inputShape: (number | null)[][]): (number | null)[] {
    return [...inputShape[0].slice(0, 3), this.config.outputs ?? this.config.image[2]];
  }
}

/** What each part of a UNet that multiplies is given for one image. */
function unetShapes({ image, encoder }: UNetOptions, { encoder: ins, decoder: outs, last, guideAfter }: UNetLayout) {
  const at = (level: number, channels: number) => [[1, image[0] / 2 ** level, image[1] / 2 ** level, channels]];
  const shapes: Record<string, number[][]> = { embedding: [[1]], inConv: at(0, image[2]) };
  for (const { name, kind, level, inputs, outputs } of [...ins, ...outs]) {
    shapes[name] = at(level + (kind === 'up' ? 1 : kind === 'down' ? -1 : 0), inputs);
    if (name === guideAfter) shapes.selfConditioning = at(level, outputs);
    if (kind === 'down' && encoder === 'skip') shapes[`pyramidIn.${level}`] = at(level, image[2]);
    if (kind === 'down' && encoder === 'residual') {
      const before = level > 1 ? ins.find((of) => of.name === `down.${level - 1}`)!.outputs : image[2];
      shapes[`pyramidDown.${level}`] = at(level - 1, before);
    }
  }
  return { ...shapes, outConv: at(0, last) };
}
