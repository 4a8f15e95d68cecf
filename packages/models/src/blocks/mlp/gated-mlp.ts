import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { rules } from '@diptych/formats/errors';
import { gelu, silu, swiGlu } from '@diptych/ops';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import type { Initializer } from '../../base/initialization.ts';
import { Linear } from './linear.ts';

const activations = { gelu, silu } as const;

/** Options of `GatedMlp`. */
export interface GatedMlpOptions extends BlockOptions {
  width: number;
  /** Width of value and gate. Default 4 width. */
  hidden?: number;
  /** What the gate goes through: exact `gelu`, which is GEGLU, or `silu`. Default gelu. */
  activation?: keyof typeof activations;
  /** Whether the first layer computes the gate before the value, as in LightningDiT; else after it, as in diffusers. Default false. */
  gateFirst?: boolean;
  /** First values of both kernels. Default Xavier uniform. */
  kernelInit?: Initializer;
}

/**
 * A gated MLP: out(value activation(gate)), biases in both layers. The first layer is `valueGate` with [value, gate] = valueGate(x), or
 * with `gateFirst` it is `gateValue` with [gate, value] = gateValue(x). With `silu` this is SwiGLU, with `gelu` GEGLU.
 *
 * **Shapes** [..., width] -> the same.
 *
 * @throws DiptychError if a width is not a positive integer or the activation is unknown
 * @see Shazeer 2020, arXiv:2002.05202, eq. 6
 * @example
 * const y = new GatedMlp({ width: 64 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class GatedMlp extends LastAxisBlock {
  static className = 'DiptychGatedMlp';
  readonly #hidden: number;
  readonly #activation: keyof typeof activations;
  readonly #gateFirst: boolean;
  readonly #joint: Linear;
  readonly #out: Linear;

  constructor(options: GatedMlpOptions) {
    super(
      checkBlockOptions<GatedMlpOptions>('GatedMlp', options, {
        width: needed(rules.count),
        hidden: rules.count,
        activation: rules.oneOf(...Object.keys(activations)),
        gateFirst: rules.flag,
        kernelInit: rules.callback,
      }),
    );
    const { width, hidden = 4 * width, activation = 'gelu', gateFirst = false, kernelInit } = options;
    this.#hidden = hidden;
    this.#activation = activation;
    this.#gateFirst = gateFirst;
    const name = gateFirst ? 'gateValue' : 'valueGate';
    this.#joint = this.part(name, new Linear({ inputs: width, outputs: 2 * hidden, kernelInit }));
    this.#out = this.part('out', new Linear({ inputs: hidden, outputs: width, kernelInit }));
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    const both = this.#joint.forward(x); // [..., 2 hidden]
    if (this.#gateFirst && this.#activation === 'silu') return this.#out.forward(swiGlu(both)); // one kernel
    const halves = tf.split(both, 2, -1); // [..., hidden] each
    const [value, gate] = this.#gateFirst ? halves.reverse() : halves;
    return this.#out.forward(tf.mul(value, activations[this.#activation](gate))); // [..., width]
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = [...shape.slice(0, -1), this.#hidden];
    return {
      [this.#gateFirst ? 'gateValue' : 'valueGate']: totalMacs(this.#joint, shape),
      out: totalMacs(this.#out, inside),
    };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}
