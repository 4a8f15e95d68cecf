import * as tf from '@tensorflow/tfjs-core';
import { foldIn, uniformArray, type ForwardOptions, type NetworkInput } from '@diptych/core';
import { check, rules, checkOptions } from '@diptych/formats/errors';
import { mpSilu } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions, type Given, withDefaults } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { macsByPart, totalMacs } from '../../base/macs.ts';
import { checkLabels } from '../../blocks/embedding/label-embedding.ts';
import { plainInputs } from '../../conditions/condition-embeddings.ts';
import { SelfConditioning } from '../../conditions/self-conditioning.ts';
import { constantInit } from '../../base/initialization.ts';
import { mpConcat, mpSum } from '../../blocks/magnitude-preserving/mp-sum.ts';
import { MpConv2d } from '../../blocks/magnitude-preserving/mp-conv2d.ts';
import { MpFourierEmbedding } from '../../blocks/magnitude-preserving/mp-fourier-embedding.ts';
import { MpLinear } from '../../blocks/magnitude-preserving/mp-linear.ts';
import { NetworkBlock } from '../../base/network-block.ts';
import { unetTaps, type UNetLayout, type UNetStage } from '../unet/unet-config.ts';
import { Edm2Block, Edm2Middle } from './edm2-block.ts';
import {
  edm2BalanceDefaults,
  edm2BalanceRules,
  edm2Defaults,
  edm2Rules,
  edm2Layout,
  type Edm2Balances,
  type Edm2UNetOptions,
} from './edm2-config.ts';

/**
 * EDM2's UNet: every layer keeps the magnitude of what goes through it. No biases, no norms with weights; a channel of ones is added to the image.
 *
 *     e = mpSum(W fourier(noise), V onehot(label) sqrt(classes)); blocks read mpSilu(e)
 *     inConv([x, 1]), in.1, in.2 ..., down.1, ...
 *     mid
 *     out.1, out.2 ..., up.1, ...                 out.k sees mpConcat(x, the latest unused output of the way down)
 *     outGain outConv(x)
 *
 * In training every pass first gives the stored weights of each output unit magnitude (`normalizeWeights`), as EDM2 does, so that they cannot
 * grow; the output is the same. Taps: `in.i`, `mid`, `out.i`, `selfConditioning.pooled`, and every part; with `logvarChannels` the tap `logvar` [B, 1]
 * is the learned logarithm of the loss at the noise label.
 *
 * EDM2 trains without augmentation and has no input for its parameters, which are refused as in every network that is not configured for them.
 *
 * **Weights at first** N(0, 1) kernels, gains 0, so that it begins by predicting zero. **Shapes** x [B, H, W, C], noise [B], label int32 [B] -> [B, H, W, C].
 * **Units** the noise label is ln(sigma)/4, as `edm()` gives it. **Memory** the caller owns what `forward` returns.
 *
 * @throws DiptychError if a configuration or an input does not fit, or a tap is unknown
 * @see Karras et al. 2024, arXiv:2312.02696, appendix B; self-conditioning: DDAE++, arXiv:2505.10999
 * @example
 * const network = new Edm2UNet({ ...edm2Presets['img512-xs'], image: [64, 64, 4], classes: 1000 });
 * const { output } = network.forward({ x, noise, label });
 */
export class Edm2UNet extends NetworkBlock {
  static className = 'DiptychEdm2UNet';
  override readonly classes?: number;
  /** The options it was made with. */
  readonly config: Edm2UNetOptions;
  /** Its steps, in the order of the computation. */
  readonly layout: UNetLayout & { frequencies: number };
  readonly #given: Given<Edm2UNetOptions, typeof edm2Defaults>;
  readonly #balances: Required<Edm2Balances>;
  readonly #embFourier: MpFourierEmbedding;
  readonly #embNoise: MpLinear;
  readonly #embLabel?: MpLinear;
  readonly #inConv: MpConv2d;
  readonly #steps = new Map<string, Edm2Block | Edm2Middle>();
  #selfConditioning?: SelfConditioning;
  readonly #outConv: MpConv2d;
  readonly #logvar?: Edm2Logvar;

  constructor(options: Edm2UNetOptions) {
    super(checkBlockOptions<Edm2UNetOptions>('Edm2UNet', unaugmented(options), edm2Rules), plainInputs(options));
    const { classes, image, balances = {}, logvarChannels } = options;
    checkOptions<Edm2Balances>('Edm2UNet', balances, edm2BalanceRules, 'balances');
    this.#given = withDefaults<Edm2UNetOptions, typeof edm2Defaults>(options, edm2Defaults);
    this.#balances = withDefaults<Edm2Balances, typeof edm2BalanceDefaults>(balances, edm2BalanceDefaults);
    this.config = options;
    this.layout = edm2Layout(options);
    this.classes = classes ?? undefined;
    const { encoder, decoder, stem, condition, frequencies, last, guideAfter } = this.layout;
    this.#embFourier = this.part('embFourier', new MpFourierEmbedding({ width: frequencies }));
    this.#embNoise = this.part('embNoise', new MpLinear({ inputs: frequencies, outputs: condition }));
    if (classes != null) {
      this.#embLabel = this.part('embLabel', new MpLinear({ inputs: classes, outputs: condition }));
    }
    this.#inConv = this.part('inConv', new MpConv2d({ inputs: image[2] + 1, outputs: stem }));
    for (const stage of [...encoder, ...decoder]) {
      this.#steps.set(stage.name, this.part(stage.name, this.#step(stage)));
      if (stage.name !== guideAfter) continue;
      const { depth, scale, zeroInit, stopGradient, rerouted } = options.selfConditioning!;
      const guide = { width: stage.outputs, condition, depth, scale, zeroInit, stopGradient, rerouted };
      this.#selfConditioning = this.part('selfConditioning', new SelfConditioning(guide));
    }
    this.declare('outGain', [], constantInit(0));
    this.#outConv = this.part('outConv', new MpConv2d({ inputs: last, outputs: image[2] }));
    if (logvarChannels) this.#logvar = this.part('logvar', new Edm2Logvar({ channels: logvarChannels }));
  }

  #step(stage: UNetStage): Edm2Block | Edm2Middle {
    const { kind, inputs, outputs, heads } = stage;
    const { filter, dropout, clip } = this.#given;
    const { residual, attention } = this.#balances;
    const way = this.layout.encoder.includes(stage) ? ('down' as const) : ('up' as const);
    const options = {
      ...{ inputs, outputs, heads, condition: this.layout.condition, way, filter, dropout, clip },
      ...{ residualBalance: residual, attentionBalance: attention },
      ...((kind === 'down' || kind === 'up') && { resample: kind }),
    } as const;
    return kind === 'mid' ? new Edm2Middle(options) : new Edm2Block(options);
  }

  /** Forced weight normalisation of every layer: gives the weights of each output unit magnitude. This changes no output. */
  normalizeWeights(): void {
    this.build();
    for (const block of this.namedBlocks().values()) {
      if (block instanceof MpConv2d || block instanceof MpLinear) block.normalizeKernel();
    }
  }

  protected override predict(input: NetworkInput, options: ForwardOptions): tf.Tensor4D {
    const { concat: share } = this.#balances;
    const x = this.#checked(input);
    if (options.training) this.normalizeWeights();
    let condition = this.#condition(input, options); // [B, E]
    let e = mpSilu(condition);
    const run = (stage: UNetStage, h: tf.Tensor4D, i: number) => {
      const own = options.key ? { ...options, key: foldIn(options.key, 1 + i) } : options;
      const y = this.#steps.get(stage.name)!.forward(h, e, own);
      if (stage.name === this.layout.guideAfter) {
        condition = this.#selfConditioning!.forward(y, condition);
        e = mpSilu(condition);
      }
      return y;
    };
    const ones = tf.ones([...x.shape.slice(0, 3), 1]);
    let h = this.#inConv.forward(tf.concat([x, ones], 3) as tf.Tensor4D); // [B, H, W, stem]
    const skips = [h];
    const { encoder, decoder } = this.layout;
    for (const [i, stage] of encoder.entries()) skips.push((h = run(stage, h, i)));
    for (const [i, stage] of decoder.entries()) {
      h = run(stage, stage.kind === 'block' ? mpConcat(h, skips.pop()!, { share }) : h, encoder.length + i);
    }
    if (options.taps?.includes('logvar')) this.#logvar?.forward(input.noise);
    return tf.mul(this.#outConv.forward(h), this.parameter('outGain')); // [B, H, W, C]
  }

  #checked({ x }: NetworkInput): tf.Tensor4D {
    const [, height, width, channels] = x.shape;
    const { image } = this.config;
    const { factor } = this.layout;
    const sized = [height, width].every((n) => n > 0 && n % factor === 0);
    const fits = channels === image[2] && sized;
    const sides = factor === 1 ? '' : `, height and width divisible by ${factor}`;
    check(fits, 'Edm2UNet', 'x', `images [B, H, W, ${image[2]}]${sides}`, x);
    return x;
  }

  #condition({ x, noise, label }: NetworkInput, { training = false, key }: ForwardOptions): tf.Tensor2D {
    const { labelDropout } = this.#given;
    const { label: share } = this.#balances;
    const time = this.#embNoise.forward(this.#embFourier.forward(noise)) as tf.Tensor2D; // [B, E]
    const [map, classes] = [this.#embLabel, this.classes];
    if (!map || !classes) return time;
    const [batch] = x.shape;
    if (label) checkLabels(label, classes, classes);
    check(!label || label.shape[0] === batch, 'Edm2UNet', 'label', `one for each of ${batch} images`, label);
    let rows = label ?? tf.fill([batch], classes, 'int32');
    if (training && labelDropout > 0) {
      check(key, 'Edm2UNet', 'key', 'given when labels are dropped in training', key);
      const dropped = Array.from(uniformArray(key, batch), (u) => u < labelDropout);
      rows = tf.where(tf.tensor1d(dropped, 'bool'), tf.fill([batch], classes, 'int32'), rows) as tf.Tensor1D;
    }
    const hot = tf.cast(tf.equal(tf.expandDims(rows, 1), tf.range(0, classes, 1, 'int32')), 'float32'); // [B, classes]
    return mpSum(time, map.forward(tf.mul(hot, Math.sqrt(classes))) as tf.Tensor2D, { share });
  }

  /** Multiply-adds of one image by part. */
  override macs(): Record<string, number> {
    const { image, classes, logvarChannels } = this.config;
    const { encoder, decoder, frequencies, last, guideAfter } = this.layout;
    const at = (level: number, channels: number) => [[1, image[0] / 2 ** level, image[1] / 2 ** level, channels]];
    const shapes: Record<string, number[][]> = { embNoise: [[1, frequencies]], inConv: at(0, image[2] + 1) };
    if (classes) shapes.embLabel = [[1, classes]];
    for (const { name, kind, level, inputs, outputs } of [...encoder, ...decoder]) {
      shapes[name] = at(level + (kind === 'up' ? 1 : kind === 'down' ? -1 : 0), inputs);
      if (name === guideAfter) shapes.selfConditioning = at(level, outputs);
    }
    return macsByPart(this, { ...shapes, outConv: at(0, last), ...(logvarChannels && { logvar: [[1]] }) });
  }

  override tapNames(): readonly string[] {
    const names = unetTaps(this.layout);
    if (this.#selfConditioning) names.splice(names.indexOf(this.layout.guideAfter!) + 1, 0, 'selfConditioning.pooled');
    return this.#logvar ? [...names, 'logvar'] : names;
  }
}

/** The options, without the one that a UNet has and EDM2's does not. */
function unaugmented(options: Edm2UNetOptions): Edm2UNetOptions {
  const { augmentation } = (options ?? {}) as Edm2UNetOptions & { augmentation?: unknown };
  const rule = 'absent, since EDM2 has no input for the parameters of an augmentation; UNet has';
  check(!augmentation, 'Edm2UNet', 'augmentation', rule, augmentation);
  return options;
}

/** Options of `Edm2Logvar`. */
export interface Edm2LogvarOptions extends BlockOptions {
  /** Fourier features of the noise label. */
  channels: number;
}

/**
 * EDM2's estimate of the logarithm of the loss at a noise label: a magnitude-preserving linear layer of Fourier features.
 *
 * **Shapes** noise [B] -> [B, 1]. **Units** of the label: ln(sigma)/4.
 *
 * @throws DiptychError if `channels` is not a positive integer
 * @see Karras et al. 2024, arXiv:2312.02696, appendix B.2
 * @example
 * const u = new Edm2Logvar({ channels: 128 }).forward(tf.tensor1d([0.1])); // [1, 1]
 */
export class Edm2Logvar extends Block<[tf.Tensor1D], tf.Tensor2D> {
  static className = 'DiptychEdm2Logvar';
  readonly #fourier: MpFourierEmbedding;
  readonly #linear: MpLinear;
  readonly #channels: number;

  constructor(options: Edm2LogvarOptions) {
    super(checkBlockOptions<Edm2LogvarOptions>('Edm2Logvar', options, { channels: needed(rules.count) }));
    const { channels } = options;
    this.#channels = channels;
    this.#fourier = this.part('fourier', new MpFourierEmbedding({ width: channels }));
    this.#linear = this.part('linear', new MpLinear({ inputs: channels, outputs: 1 }));
  }

  protected override compute(noise: tf.Tensor1D): tf.Tensor2D {
    return this.#linear.forward(this.#fourier.forward(noise)) as tf.Tensor2D;
  }

  override macs([batch]: readonly number[]): Record<string, number> {
    return { linear: totalMacs(this.#linear, [batch, this.#channels]) };
  }
}
