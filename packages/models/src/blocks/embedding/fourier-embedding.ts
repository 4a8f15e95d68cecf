import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { Block, onePerSample } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { normalInit } from '../../base/initialization.ts';

/** Options of `FourierEmbedding`. */
export interface FourierEmbeddingOptions extends BlockOptions {
  /** Width of the embedding, even. */
  width: number;
  /** Standard deviation of the frequencies. Default 16. */
  scale?: number;
}

/**
 * Random Fourier features of the noise label: [cos(2 pi f t), sin(2 pi f t)] with fixed frequencies f ~ N(0, scale^2), as NCSN++ has
 * them. The frequencies are a weight that training does not change, so checkpoints carry them.
 *
 * **Shapes** [B] -> [B, width]. **Units** of the label: ln(sigma)/2 or ln(sigma)/4.
 *
 * @throws DiptychError if the width is odd or the label is not [B]
 * @see Tancik et al. 2020, arXiv:2006.10739, eq. 5; Song et al. 2021, arXiv:2011.13456, section C.2
 * @example
 * const e = new FourierEmbedding({ width: 64 }).forward(tf.tensor1d([0.1, -0.3])); // [2, 64]
 */
export class FourierEmbedding extends Block<[tf.Tensor1D], tf.Tensor2D> {
  static className = 'DiptychFourierEmbedding';
  readonly #width: number;

  constructor(options: FourierEmbeddingOptions) {
    super(
      checkBlockOptions<FourierEmbeddingOptions>('FourierEmbedding', options, {
        width: needed(blockRules.evenCount),
        scale: rules.finite,
      }),
    );
    const { width, scale = 16 } = options;
    this.#width = width;
    this.declare('frequencies', [width / 2], normalInit(scale), { trainable: false });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Parameters<Block['call']>[1]): tf.Tensor {
    this.invokeCallHook(inputs, kwargs);
    return tf.tidy(() => this.forward(onePerSample([inputs].flat()[0])));
  }

  protected override compute(noise: tf.Tensor1D): tf.Tensor2D {
    check(noise.rank === 1, 'FourierEmbedding', 'noise', 'one label for each sample, [B]', noise);
    const angles = tf.mul(turns(tf.expandDims(noise, 1), tf.expandDims(this.parameter('frequencies'), 0)), 2 * Math.PI); // [B, width / 2]
    return tf.concat([tf.cos(angles), tf.sin(angles)], 1) as tf.Tensor2D; // [B, width]
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], this.#width];
  }
}

/**
 * The product t f up to whole numbers, to the last bits of float32, for |t| < 16 and |f| < 64: the parts of 12 bits multiply without rounding, and
 * whole turns are taken off before the small rest is added.
 */
function turns(t: tf.Tensor, f: tf.Tensor): tf.Tensor {
  const coarse = (x: tf.Tensor, steps: number) => tf.div(tf.round(tf.mul(x, steps)), steps);
  const [t0, f0] = [coarse(t, 128), coarse(f, 64)];
  const exact = tf.mul(t0, f0);
  const rest = tf.add(tf.mul(t0, tf.sub(f, f0)), tf.mul(tf.sub(t, t0), f));
  return tf.add(tf.sub(exact, tf.round(exact)), rest);
}
