import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, conv2d } from '@diptych/ops';
import { Block } from '../block/block.ts';
import type { BlockOptions } from '../block/block-options.ts';
import { checkOptions } from '../block/check-options.ts';
import { checkSizes } from '../block/check-sizes.ts';
import { uniformInit } from '../initialisation/uniform-init.ts';

/** Options of `Conv2d`. */
export interface Conv2dOptions extends BlockOptions {
  inputs: number;
  outputs: number;
  /** Height and width of the kernel, odd. Default 3. */
  size?: number;
}

/**
 * A convolution that keeps the size of the image, with bias. Weights `kernel` [size, size, inputs, outputs], `bias` [outputs];
 * both begin as U(-1/sqrt(fan in), 1/sqrt(fan in)). It trains on every backend, WASM included.
 *
 * **Shapes** [B, H, W, inputs] -> [B, H, W, outputs].
 *
 * @throws DiptychError if the size is even or x is not [B, H, W, inputs]
 * @example
 * const y = new Conv2d({ inputs: 3, outputs: 3 }).forward(tf.zeros([2, 32, 32, 3]));
 */
export class Conv2d extends Block<[Tensor4D], Tensor4D> {
  static className = 'DiptychConv2d';
  private readonly inputs: number;
  private readonly outputs: number;

  constructor(options: Conv2dOptions) {
    super(checkOptions<Conv2dOptions>('Conv2d', options, { inputs: true, outputs: true, size: true }));
    const { inputs, outputs, size = 3 } = options;
    checkSizes('Conv2d', { inputs, outputs });
    check(Number.isInteger(size) && size % 2 === 1, 'Conv2d', 'size', 'an odd integer', size);
    this.inputs = inputs;
    this.outputs = outputs;
    const init = uniformInit(1 / Math.sqrt(size * size * inputs));
    this.declare('kernel', [size, size, inputs, outputs], init);
    this.declare('bias', [outputs], init);
  }

  protected override compute(x: Tensor4D): Tensor4D {
    check(x.rank === 4 && x.shape[3] === this.inputs, 'Conv2d', 'x', `images [B, H, W, ${this.inputs}]`, x);
    return conv2d(x, this.parameter('kernel'), this.parameter<Tensor1D>('bias')); // [B, H, W, outputs]
  }

  override macs([batch, height, width]: readonly number[]): Record<string, number> {
    const [rows, columns, inputs, outputs] = this.parameterSpecs().kernel.shape;
    return { '': batch * height * width * rows * columns * inputs * outputs };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.outputs];
  }
}
