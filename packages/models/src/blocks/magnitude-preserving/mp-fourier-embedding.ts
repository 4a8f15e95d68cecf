import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { Block, onePerSample } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { normalInit, uniformInit } from '../../base/initialization.ts';

/** Options of `MpFourierEmbedding`. */
export interface MpFourierEmbeddingOptions extends BlockOptions {
  /** Width of the embedding. */
  width: number;
  /** Standard deviation of the frequencies, in turns per unit of the label. Default 1. */
  bandwidth?: number;
}

/**
 * Magnitude-preserving Fourier features of the noise label: sqrt(2) cos(f t + p) with fixed frequencies f ~ N(0, (2 pi bandwidth)^2)
 * and phases p uniform over the circle, so that each has unit variance. Both are weights that training does not change, so checkpoints carry them.
 *
 * **Shapes** [B] -> [B, width]. **Units** of the label: ln(sigma)/4.
 *
 * @throws DiptychError if width is not a positive integer, the bandwidth not positive, or the label not [B]
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 75
 * @example
 * const e = new MpFourierEmbedding({ width: 64 }).forward(tf.tensor1d([0.1, -0.3])); // [2, 64]
 */
export class MpFourierEmbedding extends Block<[tf.Tensor1D], tf.Tensor2D> {
  static className = 'DiptychMpFourierEmbedding';
  readonly #width: number;

  constructor(options: MpFourierEmbeddingOptions) {
    super(
      checkBlockOptions<MpFourierEmbeddingOptions>('MpFourierEmbedding', options, {
        width: needed(rules.count),
        bandwidth: rules.positive,
      }),
    );
    const { width, bandwidth = 1 } = options;
    this.#width = width;
    this.declare('frequencies', [width], normalInit(2 * Math.PI * bandwidth), { trainable: false });
    this.declare('phases', [width], uniformInit(Math.PI), { trainable: false });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Parameters<Block['call']>[1]): tf.Tensor {
    this.invokeCallHook(inputs, kwargs);
    return tf.tidy(() => this.forward(onePerSample([inputs].flat()[0])));
  }

  protected override compute(noise: tf.Tensor1D): tf.Tensor2D {
    check(noise.rank === 1, 'MpFourierEmbedding', 'noise', 'one label for each sample, [B]', noise);
    const angles = tf.mul(tf.expandDims(noise, 1), tf.expandDims(this.parameter('frequencies'), 0)); // [B, width]
    return tf.mul(tf.cos(tf.add(angles, this.parameter('phases'))), Math.SQRT2) as tf.Tensor2D;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.#width];
  }
}
