import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { conv2d, type Padding } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { type Initializer, uniformInit } from '../../base/initialization.ts';

/** Options of `Conv2d`. */
export interface Conv2dOptions extends BlockOptions {
  inputs: number;
  outputs: number;
  /** Height and width of the kernel, odd. Default 3. */
  size?: number;
  /** Step of the kernel along both axes. Default 1. */
  strides?: number;
  /** Zeros around the image: `same` (default) for ceil(size / strides), or as in `conv2d` of `@diptych/ops`. */
  padding?: Padding;
  /** Default true. */
  bias?: boolean;
  /** First values of the kernel. Default U(-1/sqrt(fan in), 1/sqrt(fan in)). */
  kernelInit?: Initializer;
  /** First values of the bias. Default as the kernel's. */
  biasInit?: Initializer;
}

/**
 * A convolution, with a bias unless told otherwise, which keeps the size of the image unless told otherwise. Weights `kernel` [size, size, inputs, outputs], `bias` [outputs];
 * both begin as U(-1/sqrt(fan in), 1/sqrt(fan in)). It trains on every backend, WASM included.
 *
 * **Shapes** [B, H, W, inputs] -> [B, H, W, outputs]; with strides and padding other sizes.
 *
 * @throws DiptychError if the size is even, strides or padding are no counts, or x is not [B, H, W, inputs]
 * @example
 * const y = new Conv2d({ inputs: 3, outputs: 3 }).forward(tf.zeros([2, 32, 32, 3]));
 */
export class Conv2d extends Block<[Tensor4D], Tensor4D> {
  static className = 'DiptychConv2d';
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #size: number;
  readonly #strides: number;
  readonly #padding: Padding;
  readonly #biased: boolean;

  constructor(options: Conv2dOptions) {
    super(
      checkBlockOptions<Conv2dOptions>('Conv2d', options, {
        inputs: needed(rules.count),
        outputs: needed(rules.count),
        size: blockRules.kernelSize,
        strides: rules.count,
        padding: rules.anything,
        bias: rules.flag,
        kernelInit: rules.callback,
        biasInit: rules.callback,
      }),
    );
    const { inputs, outputs, size = 3, strides = 1, padding = 'same', bias = true } = options;
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#size = size;
    this.#strides = strides;
    this.#padding = padding;
    this.#biased = bias;
    const init = uniformInit(1 / Math.sqrt(size * size * inputs));
    const { kernelInit = init, biasInit = init } = options;
    this.declare('kernel', [size, size, inputs, outputs], kernelInit);
    if (bias) this.declare('bias', [outputs], biasInit);
  }

  protected override compute(x: Tensor4D): Tensor4D {
    check(x.rank === 4 && x.shape[3] === this.#inputs, 'Conv2d', 'x', `images [B, H, W, ${this.#inputs}]`, x);
    const [strides, padding] = [this.#strides, this.#padding];
    const bias = this.#biased ? this.parameter<Tensor1D>('bias') : null;
    return conv2d(x, this.parameter('kernel'), bias, { strides, padding }); // [B, h, w, outputs]
  }

  override macs(inputShape: readonly number[]): Record<string, number> {
    const places = this.computeOutputShape([...inputShape]).reduce<number>((product, n) => product * n!, 1);
    return { '': places * this.#size * this.#size * this.#inputs };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [batch, height, width] = inputShape;
    return [batch, this.#outputSize(height, 0), this.#outputSize(width, 1), this.#outputs];
  }

  /** Height (axis 0) or width of the output; null where that of the input is. */
  #outputSize(input: number | null, axis = 0): number | null {
    const [size, strides, padding] = [this.#size, this.#strides, this.#padding];
    if (input == null) return null;
    if (padding === 'same') return Math.ceil(input / strides);
    const sides = Array.isArray(padding) ? (padding[axis] as readonly number[]) : padding === 'valid' ? 0 : padding;
    const total = Array.isArray(sides) ? sides[0] + sides[1] : 2 * (sides as number);
    return Math.floor((input + total - size) / strides) + 1;
  }
}
