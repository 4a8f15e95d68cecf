import * as tf from '@tensorflow/tfjs-core';
import { foldIn, type ForwardOptions } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import { attention, mpSilu } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import {
  checkBlockOptions,
  type BlockRules,
  type Defaults,
  type Given,
  withDefaults,
} from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { dropout } from '../../blocks/mlp/dropout.ts';
import { constantInit } from '../../base/initialization.ts';
import { MpConv2d } from '../../blocks/magnitude-preserving/mp-conv2d.ts';
import { MpLinear } from '../../blocks/magnitude-preserving/mp-linear.ts';
import { mpSum } from '../../blocks/magnitude-preserving/mp-sum.ts';
import { pixelNorm } from '../../blocks/magnitude-preserving/normalized-kernel.ts';
import { downsample, upsample } from '../../blocks/image/up-downsample.ts';

/** Options of `Edm2Block`. */
export interface Edm2BlockOptions extends BlockOptions {
  inputs: number;
  /** Default those that come in. */
  outputs?: number;
  /** Width of the condition. */
  condition: number;
  /** Blocks of the way down normalise the channels of each pixel first. */
  way: 'down' | 'up';
  /** Halves or doubles the image first. */
  resample?: 'down' | 'up';
  /** Default [1, 1]. */
  filter?: readonly number[];
  /** Heads of self-attention; 0 for none. Default 0. */
  heads?: number;
  /** Share of the residual branch. Default 0.3. */
  residualBalance?: number;
  /** Share of the attention. Default 0.3. */
  attentionBalance?: number;
  /** Default 0. */
  dropout?: number;
  /** Largest magnitude of the result, or none. Default 256. */
  clip?: number | 'none';
}

const defaults = {
  inputs: undefined,
  outputs: undefined,
  condition: undefined,
  way: undefined,
  resample: undefined,
  filter: [1, 1],
  heads: 0,
  residualBalance: 0.3,
  attentionBalance: 0.3,
  dropout: 0,
  clip: 256,
} as const satisfies Defaults<Edm2BlockOptions>;

/** Largest magnitude of what a block gives. */
export const clipRule = rules.either(rules.positive, rules.oneOf('none'));

const edm2BlockRules = {
  inputs: needed(rules.count),
  condition: needed(rules.count),
  way: needed(rules.oneOf('down', 'up')),
  outputs: rules.count,
  resample: blockRules.resampleDirection,
  filter: blockRules.filter,
  heads: rules.index,
  residualBalance: rules.share,
  attentionBalance: rules.share,
  dropout: blockRules.rate,
  clip: clipRule,
} satisfies BlockRules<Edm2BlockOptions>;

/**
 * The magnitude-preserving block of EDM2, of the way down and of the way up:
 *
 *     x = resample(x)
 *     x = pixelNorm(skip(x))                          down; skip is a 1x1 convolution if the channels change
 *     y = conv1(dropout(mpSilu(conv0(mpSilu(x)) (1 + gain W e))))
 *     x = mpSum(x, y)                                 up: mpSum(skip(x), y)
 *     x = mpSum(x, attention(x))                      with unit queries, keys and values in each head
 *     x = clip(x)
 *
 * **Shapes** x [B, H, W, inputs], e [B, condition] (after its activation) -> [B, h, w, outputs].
 *
 * @throws DiptychError if the heads do not divide the channels, or a shape does not fit
 * @see Karras et al. 2024, arXiv:2312.02696, figure 22 and appendix B
 * @example
 * const block = new Edm2Block({ inputs: 64, condition: 128, way: 'down' });
 * const y = block.forward(tf.zeros([2, 16, 16, 64]), tf.zeros([2, 128]));
 */
export class Edm2Block extends Block<[tf.Tensor4D, tf.Tensor2D, ForwardOptions?], tf.Tensor4D> {
  static className = 'DiptychEdm2Block';
  readonly #options: Given<Edm2BlockOptions, typeof defaults>;
  readonly #outputs: number;
  readonly #convSkip?: MpConv2d;
  readonly #convRes0: MpConv2d;
  readonly #embLinear: MpLinear;
  readonly #convRes1: MpConv2d;
  readonly #attnQkv?: MpConv2d;
  readonly #attnProj?: MpConv2d;

  constructor(options: Edm2BlockOptions) {
    super(checkBlockOptions<Edm2BlockOptions>('Edm2Block', options, edm2BlockRules));
    const given = withDefaults<Edm2BlockOptions, typeof defaults>(options, defaults);
    const { inputs, outputs = inputs, condition, way, heads } = given;
    const shared = heads === 0 || outputs % heads === 0;
    check(shared, 'Edm2Block', 'heads', `0 or a divisor of the ${outputs} channels`, heads);
    this.#options = given;
    this.#outputs = outputs;
    this.declare('embGain', [], constantInit(0));
    if (inputs !== outputs) this.#convSkip = this.part('convSkip', new MpConv2d({ inputs, outputs, size: 1 }));
    const seen = way === 'down' ? outputs : inputs;
    this.#convRes0 = this.part('convRes0', new MpConv2d({ inputs: seen, outputs }));
    this.#embLinear = this.part('embLinear', new MpLinear({ inputs: condition, outputs }));
    this.#convRes1 = this.part('convRes1', new MpConv2d({ inputs: outputs, outputs }));
    if (heads === 0) return;
    this.#attnQkv = this.part('attnQkv', new MpConv2d({ inputs: outputs, outputs: 3 * outputs, size: 1 }));
    this.#attnProj = this.part('attnProj', new MpConv2d({ inputs: outputs, outputs, size: 1 }));
  }

  protected override compute(given: tf.Tensor4D, e: tf.Tensor2D, forward: ForwardOptions = {}): tf.Tensor4D {
    const { way, resample, filter, dropout: rate, residualBalance, attentionBalance, clip } = this.#options;
    let x = given;
    if (resample === 'down') x = downsample(x, { filter });
    if (resample === 'up') x = upsample(x, { filter });
    if (way === 'down') x = pixelNorm(this.#skipped(x)); // [B, h, w, outputs]
    let y = this.#convRes0.forward(mpSilu(x));
    const factor = tf.add(tf.mul(this.#embLinear.forward(e), this.parameter('embGain')), 1); // [B, outputs]
    y = mpSilu(tf.mul(y, tf.reshape(factor, [-1, 1, 1, this.#outputs])) as tf.Tensor4D);
    if (rate > 0 && forward.training) y = dropout(y, rate, forward);
    y = this.#convRes1.forward(y);
    if (way === 'up') x = this.#skipped(x);
    x = mpSum(x, y, { share: residualBalance });
    if (this.#attnQkv) x = mpSum(x, this.#attend(x), { share: attentionBalance });
    return clip === 'none' ? x : tf.clipByValue(x, -clip, clip);
  }

  #skipped(x: tf.Tensor4D): tf.Tensor4D {
    return this.#convSkip ? this.#convSkip.forward(x) : x;
  }

  /** Attention of queries, keys and values of unit magnitude. */
  #attend(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = x.shape;
    const outputs = this.#outputs;
    const heads = this.#options.heads;
    const qkv = this.#attnQkv!.forward(x); // [B, h, w, 3 outputs]
    const unit = pixelNorm(tf.reshape(qkv, [batch, height * width, 3 * heads, outputs / heads]));
    const mixed = attention(tf.reshape(unit, [batch, height * width, 3 * outputs]), { heads }); // [B, h w, outputs]
    return this.#attnProj!.forward(tf.reshape(mixed, [batch, height, width, outputs]));
  }

  override macs([batch, height, width, channels]: readonly number[]): Record<string, number> {
    const { resample, way, condition } = this.#options;
    const scale = resample === 'down' ? 0.5 : resample === 'up' ? 2 : 1;
    const [h, w] = [height * scale, width * scale];
    const at = (of: number) => [batch, h, w, of];
    const outputs = this.#outputs;
    return {
      ...(this.#convSkip && { convSkip: totalMacs(this.#convSkip, at(channels)) }),
      convRes0: totalMacs(this.#convRes0, at(way === 'down' ? outputs : channels)),
      embLinear: totalMacs(this.#embLinear, [batch, condition]),
      convRes1: totalMacs(this.#convRes1, at(outputs)),
      ...(this.#attnQkv && {
        attnQkv: totalMacs(this.#attnQkv, at(outputs)),
        '': 2 * batch * (h * w) ** 2 * outputs,
        attnProj: totalMacs(this.#attnProj!, at(outputs)),
      }),
    };
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    const x = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as (number | null)[];
    const { resample } = this.#options;
    const sized = (n: number | null) => {
      if (n == null || !resample) return n;
      return resample === 'up' ? 2 * n : Math.floor(n / 2);
    };
    return [x[0], sized(x[1]), sized(x[2]), this.#outputs];
  }
}

/**
 * The middle of an EDM2 UNet: two blocks of the way up, the first with self-attention if it has heads.
 *
 * **Shapes** x [B, H, W, inputs], e [B, condition] -> [B, H, W, inputs].
 *
 * @throws DiptychError if `Edm2Block` does, or other channels come out
 * @see Karras et al. 2024, arXiv:2312.02696, figure 22
 * @example
 * const middle = new Edm2Middle({ inputs: 64, condition: 128, way: 'up', heads: 1 });
 */
export class Edm2Middle extends Block<[tf.Tensor4D, tf.Tensor2D, ForwardOptions?], tf.Tensor4D> {
  static className = 'DiptychEdm2Middle';
  readonly #in0: Edm2Block;
  readonly #in1: Edm2Block;

  constructor(options: Edm2BlockOptions) {
    super(checkBlockOptions<Edm2BlockOptions>('Edm2Middle', options, edm2BlockRules));
    const { inputs, outputs = inputs } = options;
    check(outputs === inputs, 'Edm2Middle', 'outputs', `the ${inputs} channels that come in`, outputs);
    const known = Object.entries(options).filter(([name]) => name in defaults);
    const own = Object.fromEntries(known) as unknown as Edm2BlockOptions;
    this.#in0 = this.part('in0', new Edm2Block(own));
    this.#in1 = this.part('in1', new Edm2Block({ ...own, heads: 0 }));
  }

  protected override compute(x: tf.Tensor4D, e: tf.Tensor2D, options: ForwardOptions = {}): tf.Tensor4D {
    const other = options.key ? { ...options, key: foldIn(options.key, 1) } : options;
    return this.#in1.forward(this.#in0.forward(x, e, options), e, other);
  }

  override macs(shape: readonly number[]): Record<string, number> {
    return { in0: totalMacs(this.#in0, shape), in1: totalMacs(this.#in1, shape) };
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    return this.#in0.computeOutputShape(inputShape);
  }
}
