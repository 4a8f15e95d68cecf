import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { gelu, silu } from '@diptych/ops';
import { Block, type AnyBlock } from '../../base/block.ts';
import { totalMacs } from '../../base/macs.ts';
import { Conv2d } from '../../blocks/convolution/conv2d.ts';
import { GroupNorm } from '../../blocks/norm/group-norm.ts';
import { Resample } from '../../blocks/image/resample.ts';
import { SpatialAttention } from '../../blocks/image/spatial-attention.ts';

/** Activations inside the blocks of autoencoders. */
export const activations = { silu, relu: (x: tf.Tensor) => tf.relu(x), gelu } as const;

/** Name of an activation. */
export type AutoencoderActivation = keyof typeof activations;

/** Of the normalisations, in Stable Diffusion's autoencoder and in what is made of it. */
const epsilon = 1e-6;

interface ResidualOptions {
  inputs: number;
  outputs: number;
  groups: number;
  activation: AutoencoderActivation;
}

/** x + conv2(act(norm2(conv1(act(norm1(x)))))), with a 1x1 convolution on x where the width changes. */
class ResidualBlock extends Block<[tf.Tensor4D], tf.Tensor4D> {
  static className = 'DiptychAutoencoderResidualBlock';
  readonly #options: ResidualOptions;
  readonly #norm1: GroupNorm;
  readonly #conv1: Conv2d;
  readonly #norm2: GroupNorm;
  readonly #conv2: Conv2d;
  readonly #shortcut?: Conv2d;

  constructor(options: ResidualOptions) {
    super();
    const { inputs, outputs, groups } = options;
    this.#options = options;
    this.#norm1 = this.part('norm1', new GroupNorm({ width: inputs, groups, epsilon }));
    this.#conv1 = this.part('conv1', new Conv2d({ inputs, outputs }));
    this.#norm2 = this.part('norm2', new GroupNorm({ width: outputs, groups, epsilon }));
    this.#conv2 = this.part('conv2', new Conv2d({ inputs: outputs, outputs }));
    if (inputs !== outputs) this.#shortcut = this.part('shortcut', new Conv2d({ inputs, outputs, size: 1 }));
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    const act = activations[this.#options.activation] as (x: tf.Tensor) => tf.Tensor4D;
    const h = this.#conv1.forward(act(this.#norm1.forward(x))); // [B, H, W, outputs]
    const y = this.#conv2.forward(act(this.#norm2.forward(h)));
    return tf.add(this.#shortcut ? this.#shortcut.forward(x) : x, y);
  }

  override macs([batch, height, width]: readonly number[]): Record<string, number> {
    const { inputs, outputs } = this.#options;
    const [before, after] = [inputs, outputs].map((channels) => [batch, height, width, channels]);
    return {
      conv1: totalMacs(this.#conv1, before),
      conv2: totalMacs(this.#conv2, after),
      ...(this.#shortcut && { shortcut: totalMacs(this.#shortcut, before) }),
    };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, 3), this.#options.outputs];
  }
}

/** What encoder and decoder are made of: blocks one after the other, the last two around an activation. */
interface CoderOptions {
  inputs: number;
  outputs: number;
  /** Channels of each level, in the order of the computation. */
  widths: readonly number[];
  /** Residual blocks of a level. */
  blocks: number;
  groups: number;
  activation: AutoencoderActivation;
  /** Whether an attention follows each block of a level, in the order of the computation. */
  attention: readonly boolean[];
  midAttention: boolean;
}

/** The parts that encoder and decoder share. */
abstract class Coder extends Block<[tf.Tensor4D], tf.Tensor4D> {
  /** In the order of the computation, before the last norm. */
  protected readonly steps: Block<[tf.Tensor4D], tf.Tensor4D>[] = [];
  #normOut!: GroupNorm;
  #convOut!: Conv2d;
  protected readonly options: CoderOptions;

  constructor(options: CoderOptions) {
    super();
    this.options = options;
  }

  protected step<T extends Block<[tf.Tensor4D], tf.Tensor4D>>(name: string, block: T): void {
    this.steps.push(this.part(name, block));
  }

  protected residual(name: string, inputs: number, outputs: number): void {
    const { groups, activation } = this.options;
    this.step(name, new ResidualBlock({ inputs, outputs, groups, activation }));
  }

  protected attend(name: string, width: number): void {
    this.step(name, new SpatialAttention({ width, groups: this.options.groups, epsilon }));
  }

  protected middle(width: number): void {
    this.residual('mid.block1', width, width);
    if (this.options.midAttention) this.attend('mid.attn', width);
    this.residual('mid.block2', width, width);
  }

  /** One level: `count` blocks, each followed by an attention where there is one. */
  protected level(name: string, level: number, inputs: number, count: number): void {
    const { widths, attention } = this.options;
    for (let j = 0; j < count; j++) {
      this.residual(`${name}.block.${j}`, j ? widths[level] : inputs, widths[level]);
      if (attention[level]) this.attend(`${name}.attn.${j}`, widths[level]);
    }
  }

  protected resample(name: string, direction: 'up' | 'down', width: number): void {
    const conv = { inputs: width, outputs: width };
    this.step(
      name,
      direction === 'up'
        ? new Resample({ direction, conv })
        : new Resample({ direction, filter: 'none', conv: { ...conv, padding: 'end' } }),
    );
  }

  protected finish(width: number): void {
    const { groups, outputs } = this.options;
    this.#normOut = this.part('normOut', new GroupNorm({ width, groups, epsilon }));
    this.#convOut = this.part('convOut', new Conv2d({ inputs: width, outputs }));
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    const h = this.steps.reduce((value, block) => block.forward(value), x);
    return this.#convOut.forward(silu(this.#normOut.forward(h)) as tf.Tensor4D);
  }

  /** By part, of the shape that this coder is given. */
  override macs(inputShape: readonly number[]): Record<string, number> {
    const names = new Map([...this.namedParts()].map(([name, part]) => [part as unknown, name]));
    let shape = [...inputShape];
    const counted = [...this.steps, this.#convOut].map((block: AnyBlock) => {
      const count = totalMacs(block, shape);
      shape = block.computeOutputShape(shape) as number[];
      return [names.get(block)!, count] as const;
    });
    return Object.fromEntries(counted);
  }
}

/** Images to moments: levels of residual blocks, each but the last halving the image, a middle, and a convolution. */
export class KlEncoder extends Coder {
  static className = 'DiptychKlEncoder';

  constructor(options: CoderOptions) {
    super(options);
    const { inputs, widths, blocks } = options;
    this.step('convIn', new Conv2d({ inputs, outputs: widths[0] }));
    widths.forEach((width, level) => {
      this.level(`down.${level}`, level, widths[Math.max(0, level - 1)], blocks);
      if (level < widths.length - 1) this.resample(`down.${level}.downsample`, 'down', width);
    });
    const last = widths[widths.length - 1];
    this.middle(last);
    this.finish(last);
  }
}

/** Latents to images: the encoder backwards, with one more block in each level. Level 0 is the coarsest. */
export class KlDecoder extends Coder {
  static className = 'DiptychKlDecoder';

  constructor(options: CoderOptions) {
    super(options);
    const { inputs, widths, blocks } = options;
    this.step('convIn', new Conv2d({ inputs, outputs: widths[0] }));
    this.middle(widths[0]);
    widths.forEach((width, level) => {
      this.level(`up.${level}`, level, widths[Math.max(0, level - 1)], blocks + 1);
      if (level < widths.length - 1) this.resample(`up.${level}.upsample`, 'up', width);
    });
    this.finish(widths[widths.length - 1]);
  }
}
