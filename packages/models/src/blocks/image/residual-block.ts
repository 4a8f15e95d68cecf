import * as tf from '@tensorflow/tfjs-core';
import { gelu, silu, modulate } from '@diptych/ops';
import type { ForwardOptions } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions, type BlockRules, type Defaults, withDefaults } from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { Conv2d } from '../convolution/conv2d.ts';
import { dropout } from '../mlp/dropout.ts';
import { GroupNorm } from '../norm/group-norm.ts';
import { Linear } from '../mlp/linear.ts';
import { Resample } from './resample.ts';
import { initialsRule, unetInit, type UNetInitials } from './unet-initials.ts';

/** x tanh(ln(1 + e^x)). @see Misra 2019, arXiv:1908.08681, eq. 1 */
function mish<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    // With n = e^x, tanh(ln(1 + n)) is n (n + 2) / (n (n + 2) + 2): 1 in float32 far below 20.
    const n = tf.exp(tf.minimum(x, 20));
    const w = tf.mul(n, tf.add(n, 2));
    return tf.mul(x, tf.div(w, tf.add(w, 2))) as T;
  });
}

/** The activations of residual blocks by name; `gelu` is the exact one. */
export const unetActivations = { silu, gelu, mish, relu: (x: tf.Tensor) => tf.relu(x) } as const satisfies Readonly<
  Record<string, (x: tf.Tensor) => tf.Tensor>
>;

/** Name of an activation of a residual block. */
export type UNetActivation = keyof typeof unetActivations;

/** Options of `ResidualBlock`. */
export interface ResidualBlockOptions extends BlockOptions {
  /** Channels that come in. */
  inputs: number;
  /** Channels that come out. Default those that come in. */
  outputs?: number;
  /** Width of the condition; absent for a block without one. */
  condition?: number;
  /** `add`: a bias for each channel in front of the second norm; `scaleShift`: a scale and a shift behind it. Default add. */
  conditioning?: 'add' | 'scaleShift';
  /** Halves or doubles the image, by a filter. */
  resample?: { direction: 'up' | 'down'; filter?: readonly number[] };
  /** A 1x1 convolution in the shortcut even if the channels stay as many. Default false. */
  projectShortcut?: boolean;
  /** Groups of both norms. Default `groupsFor` of their channels. */
  groups?: number;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
  /** Probability of dropout in front of the second convolution. Default 0. */
  dropout?: number;
  /** Factor of the sum: sqrt(1/2) in SongUNet. Default 1. */
  scale?: number;
  /** Default silu. */
  activation?: UNetActivation;
  /** First values. Default uniform. */
  initials?: UNetInitials;
}

/** The options of a residual block with their defaults. */
export const residualDefaults = {
  inputs: undefined,
  outputs: undefined,
  condition: undefined,
  conditioning: 'add',
  resample: undefined,
  projectShortcut: false,
  groups: undefined,
  epsilon: undefined,
  dropout: 0,
  scale: 1,
  activation: 'silu',
  initials: 'uniform',
} as const satisfies Defaults<ResidualBlockOptions>;

/** The options of a residual block with their rules. */
export const residualRules = {
  inputs: needed(rules.count),
  outputs: rules.count,
  condition: rules.count,
  conditioning: rules.oneOf('add', 'scaleShift'),
  resample: rules.object,
  projectShortcut: rules.flag,
  groups: rules.count,
  epsilon: rules.positive,
  dropout: blockRules.rate,
  scale: rules.finite,
  activation: rules.oneOf(...Object.keys(unetActivations)),
  initials: initialsRule,
} satisfies BlockRules<ResidualBlockOptions>;

/**
 * The residual block of UNets:
 *
 *     h = conv1(resample(act(norm1(x))))
 *     h = norm2(h + W act(e))                        add
 *     h = norm2(h) (1 + scale) + shift               scaleShift, [scale, shift] = W act(e)
 *     y = factor (shortcut(resample(x)) + conv2(dropout(act(h))))
 *
 * **Shapes** x [B, H, W, inputs], e [B, condition] -> [B, H, W, outputs]; half or twice the height and width with `resample`.
 *
 * @throws DiptychError if the groups do not divide the channels, a shape does not fit, or training drops without a key
 * @see Ho et al. 2020, arXiv:2006.11239, appendix B (add); Dhariwal and Nichol 2021, arXiv:2105.05233, section 3 (scaleShift);
 *   Song et al. 2021, arXiv:2011.13456, appendix H (resampling inside, the factor)
 * @example
 * const block = new ResidualBlock({ inputs: 64, outputs: 128, condition: 256 });
 * const y = block.forward(tf.zeros([2, 16, 16, 64]), tf.zeros([2, 256])); // [2, 16, 16, 128]
 */
export class ResidualBlock extends Block<[tf.Tensor4D, tf.Tensor2D?, ForwardOptions?], tf.Tensor4D> {
  static className = 'DiptychResidualBlock';
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #shifts: boolean;
  readonly #rate: number;
  readonly #scale: number;
  readonly #activate: (x: tf.Tensor) => tf.Tensor;
  readonly #norm1: GroupNorm;
  readonly #resample?: Resample;
  readonly #conv1: Conv2d;
  readonly #condition?: Linear;
  readonly #norm2: GroupNorm;
  readonly #conv2: Conv2d;
  readonly #shortcut?: Conv2d;

  constructor(options: ResidualBlockOptions) {
    super(checkBlockOptions<ResidualBlockOptions>('ResidualBlock', options, residualRules));
    const given = withDefaults<ResidualBlockOptions, typeof residualDefaults>(options, residualDefaults);
    const { inputs, outputs = inputs, condition, conditioning, resample, projectShortcut } = given;
    const { groups, epsilon, dropout: rate, scale, activation, initials } = given;
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#shifts = conditioning === 'scaleShift';
    this.#rate = rate;
    this.#scale = scale;
    this.#activate = unetActivations[activation];
    this.#norm1 = this.part('norm1', new GroupNorm({ width: inputs, groups, epsilon }));
    if (resample) this.#resample = this.part('resample', new Resample({ ...resample }));
    this.#conv1 = this.part('conv1', new Conv2d({ inputs, outputs, ...unetInit(initials, 9 * inputs) }));
    if (condition != null) {
      const width = this.#shifts ? 2 * outputs : outputs;
      const map = new Linear({ inputs: condition, outputs: width, ...unetInit(initials, condition) });
      this.#condition = this.part('condition', map);
    }
    this.#norm2 = this.part('norm2', new GroupNorm({ width: outputs, groups, epsilon }));
    const last = unetInit(initials, 9 * outputs, 'last');
    this.#conv2 = this.part('conv2', new Conv2d({ inputs: outputs, outputs, ...last }));
    if (inputs === outputs && !projectShortcut) return;
    this.#shortcut = this.part('shortcut', new Conv2d({ inputs, outputs, size: 1, ...unetInit(initials, inputs) }));
  }

  protected override compute(x: tf.Tensor4D, e?: tf.Tensor2D, options: ForwardOptions = {}): tf.Tensor4D {
    const [inputs, outputs, activate, resample] = [this.#inputs, this.#outputs, this.#activate, this.#resample];
    check(x.rank === 4 && x.shape[3] === inputs, 'ResidualBlock', 'x', `images [B, H, W, ${inputs}]`, x);
    check(!this.#condition || e, 'ResidualBlock', 'condition', 'given to a block that is made for one', e);
    const sized = (y: tf.Tensor4D) => (resample ? resample.forward(y) : y);
    let h = this.#conv1.forward(sized(activate(this.#norm1.forward(x)) as tf.Tensor4D)); // [B, h, w, outputs]
    const [batch, height, width] = h.shape;
    const guide = this.#condition?.forward(activate(e!)) as tf.Tensor2D | undefined; // [B, outputs], or twice as many
    if (guide && !this.#shifts) h = tf.add(h, tf.reshape(guide, [batch, 1, 1, outputs]));
    h = this.#norm2.forward(h) as tf.Tensor4D;
    if (guide && this.#shifts) {
      const [scale, shift] = tf.split(guide, 2, 1) as tf.Tensor2D[];
      const rows = tf.reshape(h, [batch, height * width, outputs]) as tf.Tensor3D;
      h = tf.reshape(modulate(rows, scale, shift), h.shape);
    }
    h = activate(h) as tf.Tensor4D;
    if (this.#rate > 0 && options.training) h = dropout(h, this.#rate, options);
    const kept = sized(x);
    const sum = tf.add(this.#shortcut ? this.#shortcut.forward(kept) : kept, this.#conv2.forward(h)) as tf.Tensor4D;
    return this.#scale === 1 ? sum : tf.mul(sum, this.#scale);
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = this.#resample ? (this.#resample.computeOutputShape([...shape]) as number[]) : shape;
    const [batch, height, width] = inside;
    return {
      conv1: totalMacs(this.#conv1, inside),
      ...(this.#condition && { condition: totalMacs(this.#condition, [batch, this.#conditionWidth]) }),
      conv2: totalMacs(this.#conv2, [batch, height, width, this.#outputs]),
      ...(this.#shortcut && { shortcut: totalMacs(this.#shortcut, inside) }),
    };
  }

  get #conditionWidth(): number {
    return this.parameterSpecs()['condition.kernel'].shape[0];
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    const x = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as (number | null)[];
    const [batch, height, width] = this.#resample ? (this.#resample.computeOutputShape(x) as (number | null)[]) : x;
    return [batch, height, width, this.#outputs];
  }
}
