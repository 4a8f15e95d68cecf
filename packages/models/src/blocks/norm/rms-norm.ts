import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { check, rules } from '@diptych/formats/errors';
import { rmsNorm } from '@diptych/ops';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { constantInit } from '../../base/initialization.ts';

/** Options of `RmsNorm`. */
export interface RmsNormOptions extends BlockOptions {
  width: number;
  /** Added to the mean square. Default 1e-6. */
  epsilon?: number;
}

/**
 * Root-mean-square normalisation over the last axis: gamma x / sqrt(mean(x^2) + epsilon). No mean is taken off, no shift added.
 *
 * **Shapes** [..., width] -> the same.
 *
 * @throws DiptychError if the last axis of x is not `width`
 * @see Zhang and Sennrich 2019, eq. 4
 * @example
 * const y = new RmsNorm({ width: 64 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class RmsNorm extends LastAxisBlock {
  static className = 'DiptychRmsNorm';
  readonly #width: number;
  readonly #epsilon: number;

  constructor(options: RmsNormOptions) {
    super(
      checkBlockOptions<RmsNormOptions>('RmsNorm', options, { width: needed(rules.count), epsilon: rules.positive }),
    );
    const { width, epsilon = 1e-6 } = options;
    this.#width = width;
    this.#epsilon = epsilon;
    this.declare('gamma', [width], constantInit(1));
  }

  protected override compute(x: Tensor): Tensor {
    check(x.shape.at(-1) === this.#width, 'RmsNorm', 'x', `of shape [..., ${this.#width}]`, x);
    return rmsNorm(x, this.parameter<Tensor1D>('gamma'), { epsilon: this.#epsilon });
  }
}
