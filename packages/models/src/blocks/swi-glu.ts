import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, silu } from '@diptych/ops';
import { Block } from '../block/block.ts';
import type { BlockOptions } from '../block/weight-tree.ts';
import { totalMacs } from '../block/total-macs.ts';
import type { Initialiser } from '../initialisation/initialiser.ts';
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
    super(options);
    const { width, hidden = Math.floor((2 / 3) * 4 * width), kernelInit } = options;
    check(Number.isInteger(hidden) && hidden > 0, 'SwiGlu', 'hidden', 'a positive integer', hidden);
    this.hidden = hidden;
    this.gateValue = this.part('gateValue', new Linear({ inputs: width, outputs: 2 * hidden, kernelInit }));
    this.out = this.part('out', new Linear({ inputs: hidden, outputs: width, kernelInit }));
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    const [gate, value] = tf.split(this.gateValue.forward(x), [this.hidden, this.hidden], -1); // [..., hidden] each
    return this.out.forward(tf.mul(silu(gate), value));
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = [...shape.slice(0, -1), this.hidden];
    return { gateValue: totalMacs(this.gateValue, shape), out: totalMacs(this.out, inside) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}
