import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { conv2d } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { normalInit } from '../../base/initialization.ts';
import { effectiveKernel, normalizedKernel } from './normalized-kernel.ts';

/** Options of `MpConv2d`. */
export interface MpConv2dOptions extends BlockOptions {
  inputs: number;
  outputs: number;
  /** Height and width of the kernel, odd. Default 3. */
  size?: number;
}

/**
 * Magnitude-preserving convolution that keeps the size of the image: x convolved with `effectiveKernel` of its weights, without bias. Weight
 * `kernel` [size, size, inputs, outputs], N(0, 1) at first.
 *
 * **Shapes** [B, H, W, inputs] -> [B, H, W, outputs].
 *
 * @throws DiptychError if the size is even or x is not [B, H, W, inputs]
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 66
 * @example
 * const layer = new MpConv2d({ inputs: 3, outputs: 8 });
 * const y = layer.forward(tf.zeros([2, 32, 32, 3])); // [2, 32, 32, 8]
 * layer.normalizeKernel(); // after each step of the optimizer
 */
export class MpConv2d extends Block<[tf.Tensor4D], tf.Tensor4D> {
  static className = 'DiptychMpConv2d';
  readonly #inputs: number;
  readonly #outputs: number;

  constructor(options: MpConv2dOptions) {
    super(
      checkBlockOptions<MpConv2dOptions>('MpConv2d', options, {
        inputs: needed(rules.count),
        outputs: needed(rules.count),
        size: blockRules.kernelSize,
      }),
    );
    const { inputs, outputs, size = 3 } = options;
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.declare('kernel', [size, size, inputs, outputs], normalInit(1));
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    check(x.rank === 4 && x.shape[3] === this.#inputs, 'MpConv2d', 'x', `images [B, H, W, ${this.#inputs}]`, x);
    return conv2d(x, effectiveKernel(this.parameter<tf.Tensor4D>('kernel'))); // [B, H, W, outputs]
  }

  /** Forced weight normalisation: gives the weights of each output unit mean square. This changes no output. */
  normalizeKernel(): void {
    this.build();
    const kernel = this.parameter<tf.Variable>('kernel');
    tf.tidy(() => kernel.assign(normalizedKernel(kernel as tf.Tensor)));
  }

  override macs([batch, height, width]: readonly number[]): Record<string, number> {
    const [rows, columns, inputs, outputs] = this.parameterSpecs().kernel.shape;
    return { '': batch * height * width * rows * columns * inputs * outputs };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.#outputs];
  }
}
