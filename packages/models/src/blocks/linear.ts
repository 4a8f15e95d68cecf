import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, linear } from '@diptych/ops';
import { Block, type BlockOptions } from '../block/block.ts';
import { constantInit } from '../initialisation/constant-init.ts';
import type { Initialiser } from '../initialisation/initialiser.ts';
import { xavierInit } from '../initialisation/xavier-init.ts';

/** Options of `Linear`. */
export interface LinearOptions extends BlockOptions {
  inputs: number;
  outputs: number;
  /** Default true. */
  bias?: boolean;
  /** First values of the kernel. Default Xavier uniform. */
  kernelInit?: Initialiser;
  /** First values of the bias. Default zero. */
  biasInit?: Initialiser;
}

/**
 * y = x W + b over the last axis. Weights `kernel` [inputs, outputs] and `bias` [outputs].
 *
 * **Shapes** [..., inputs] -> [..., outputs].
 *
 * @throws DiptychError if a size is not a positive integer or the last axis of x is not `inputs`
 * @example
 * const y = new Linear({ inputs: 9, outputs: 64, bias: false }).forward(tf.zeros([8, 9])); // [8, 64]
 */
export class Linear extends Block {
  static className = 'DiptychLinear';
  private readonly outputs: number;
  private readonly biased: boolean;

  constructor(options: LinearOptions) {
    super(options);
    const { inputs, outputs, bias = true, kernelInit = xavierInit(), biasInit = constantInit(0) } = options;
    check(Number.isInteger(inputs) && inputs > 0, 'Linear', 'inputs', 'a positive integer', inputs);
    check(Number.isInteger(outputs) && outputs > 0, 'Linear', 'outputs', 'a positive integer', outputs);
    this.outputs = outputs;
    this.biased = bias;
    this.declare('kernel', [inputs, outputs], kernelInit);
    if (bias) this.declare('bias', [outputs], biasInit);
  }

  protected override compute(x: Tensor): Tensor {
    return linear(x, this.parameter('kernel'), this.biased ? this.parameter<Tensor1D>('bias') : null); // [..., outputs]
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.outputs];
  }
}
