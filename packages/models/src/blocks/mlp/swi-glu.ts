import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { swiGlu } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkOptions, checkSizes } from '../../base/check-options.ts';
import { totalMacs } from '../../base/macs.ts';
import type { Initialiser } from '../../base/initialization.ts';
import { Linear } from './linear.ts';

/** Options of `SwiGlu`. */
export interface SwiGluOptions extends BlockOptions {
  width: number;
  /** Width of gate and value. Default two thirds of 4 width, so that it has as many weights as an MLP of ratio 4. */
  hidden?: number;
  /** First values of both kernels. Default Xavier uniform. */
  kernelInit?: Initialiser;
}

/**
 * A gated MLP: out(silu(gate) value) with [gate, value] = gateValue(x), biases in both layers.
 *
 * **Shapes** [..., width] -> the same.
 *
 * @throws DiptychError if a width is not a positive integer
 * @see Shazeer 2020, arXiv:2002.05202, eq. 6
 * @example
 * const y = new SwiGlu({ width: 64 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class SwiGlu extends Block {
  static className = 'DiptychSwiGlu';
  private readonly hidden: number;
  private readonly gateValue: Linear;
  private readonly out: Linear;

  constructor(options: SwiGluOptions) {
    super(checkOptions<SwiGluOptions>('SwiGlu', options, { width: true, hidden: true, kernelInit: true }));
    const { width, hidden = Math.floor((2 / 3) * 4 * width), kernelInit } = options;
    checkSizes('SwiGlu', { width, hidden });
    this.hidden = hidden;
    this.gateValue = this.part('gateValue', new Linear({ inputs: width, outputs: 2 * hidden, kernelInit }));
    this.out = this.part('out', new Linear({ inputs: hidden, outputs: width, kernelInit }));
  }

  protected override compute(x: Tensor): Tensor {
    return this.out.forward(swiGlu(this.gateValue.forward(x))); // [..., 2 hidden] -> [..., hidden] -> [..., width]
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = [...shape.slice(0, -1), this.hidden];
    return { gateValue: totalMacs(this.gateValue, shape), out: totalMacs(this.out, inside) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}
