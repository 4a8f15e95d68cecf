import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { check, rules } from '@diptych/formats/errors';
import { layerNorm } from '@diptych/ops';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { constantInit } from '../../base/initialization.ts';

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends BlockOptions {
  width: number;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
  /** Whether there are a gain `gamma` and a shift `beta`. Default true. */
  affine?: boolean;
}

/**
 * Layer normalisation over the last axis: gamma (x - mean) / sqrt(variance + epsilon) + beta.
 *
 * **Shapes** [..., width] -> the same.
 *
 * @throws DiptychError if the last axis of x is not `width`
 * @see Ba, Kiros, Hinton 2016, eq. 4
 * @example
 * const y = new LayerNorm({ width: 64 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class LayerNorm extends LastAxisBlock {
  static className = 'DiptychLayerNorm';
  readonly #width: number;
  readonly #epsilon: number;
  readonly #affine: boolean;

  constructor(options: LayerNormOptions) {
    super(
      checkBlockOptions<LayerNormOptions>('LayerNorm', options, {
        width: needed(rules.count),
        epsilon: rules.positive,
        affine: rules.flag,
      }),
    );
    const { width, epsilon = 1e-5, affine = true } = options;
    this.#width = width;
    this.#epsilon = epsilon;
    this.#affine = affine;
    if (!affine) return;
    this.declare('gamma', [width], constantInit(1));
    this.declare('beta', [width], constantInit(0));
  }

  protected override compute(x: Tensor): Tensor {
    check(x.shape.at(-1) === this.#width, 'LayerNorm', 'x', `of shape [..., ${this.#width}]`, x);
    const [gamma, beta] = this.#affine
      ? [this.parameter<Tensor1D>('gamma'), this.parameter<Tensor1D>('beta')]
      : [null, null];
    return layerNorm(x, gamma, beta, { epsilon: this.#epsilon });
  }
}
