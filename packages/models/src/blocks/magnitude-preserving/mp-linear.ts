import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { linear } from '@diptych/ops';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { normalInit } from '../../base/initialization.ts';
import { effectiveKernel, normalizedKernel } from './normalized-kernel.ts';

/** Options of `MpLinear`. */
export interface MpLinearOptions extends BlockOptions {
  inputs: number;
  outputs: number;
}

/**
 * Magnitude-preserving linear layer: x times `effectiveKernel` of its weights, without bias, so that inputs of unit variance give outputs of
 * unit variance whatever the size of the weights. Weight `kernel` [inputs, outputs], N(0, 1) at first.
 *
 * **Shapes** [..., inputs] -> [..., outputs].
 *
 * @throws DiptychError if a size is not a positive integer or the last axis of x is not `inputs`
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 66
 * @example
 * const layer = new MpLinear({ inputs: 9, outputs: 64 });
 * const y = layer.forward(tf.zeros([8, 9])); // [8, 64]
 * layer.normalizeKernel(); // after each step of the optimizer
 */
export class MpLinear extends LastAxisBlock {
  static className = 'DiptychMpLinear';
  readonly #inputs: number;
  readonly #outputs: number;

  constructor(options: MpLinearOptions) {
    super(
      checkBlockOptions<MpLinearOptions>('MpLinear', options, {
        inputs: needed(rules.count),
        outputs: needed(rules.count),
      }),
    );
    const { inputs, outputs } = options;
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.declare('kernel', [inputs, outputs], normalInit(1));
  }

  protected override compute(x: tf.Tensor): tf.Tensor {
    check(x.rank >= 1 && x.shape[x.rank - 1] === this.#inputs, 'MpLinear', 'x', `of shape [..., ${this.#inputs}]`, x);
    return linear(x, effectiveKernel(this.parameter<tf.Tensor2D>('kernel'))); // [..., outputs]
  }

  /** Forced weight normalisation: gives the weights of each output unit mean square. This changes no output. */
  normalizeKernel(): void {
    this.build();
    const kernel = this.parameter<tf.Variable>('kernel');
    tf.tidy(() => kernel.assign(normalizedKernel(kernel as tf.Tensor)));
  }

  override macs(shape: readonly number[]): Record<string, number> {
    return { '': shape.slice(0, -1).reduce((product, n) => product * n, 1) * this.#inputs * this.#outputs };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.#outputs];
  }
}
