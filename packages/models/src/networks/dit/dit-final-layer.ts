import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { modulate, silu } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/block-options.ts';
import { checkOptions } from '../../base/check-options.ts';
import { checkSizes } from '../../base/check-sizes.ts';
import { totalMacs } from '../../base/total-macs.ts';
import type { LayerNorm } from '../../blocks/norm/layer-norm.ts';
import { Linear } from '../../blocks/mlp/linear.ts';
import type { RmsNorm } from '../../blocks/norm/rms-norm.ts';
import { constantInit } from '../../base/initialization/constant-init.ts';
import { ditNorm, type DiTStyle } from './dit-block.ts';

/** Options of `DiTFinalLayer`. */
export interface DiTFinalLayerOptions extends Pick<DiTStyle, 'norm'>, BlockOptions {
  width: number;
  /** Numbers of one token that come out: those of a patch. */
  outputs: number;
}

/**
 * The last layer of a DiT: linear(norm(x) (1 + scale) + shift) with [shift, scale] = silu(c) W + b. Both linear layers begin at
 * zero, so a DiT begins by predicting zero.
 *
 * **Shapes** tokens [B, N, width], condition [B, width] -> [B, N, outputs].
 *
 * @see Peebles and Xie 2022, arXiv:2212.09748, section 3.2
 * @example
 * const pixels = new DiTFinalLayer({ width: 64, outputs: 12 }).forward(tokens, condition);
 */
export class DiTFinalLayer extends Block<[tf.Tensor3D, tf.Tensor2D], tf.Tensor3D> {
  static className = 'DiptychDiTFinalLayer';
  private readonly outputs: number;
  private readonly adaLN: Linear;
  private readonly norm: LayerNorm | RmsNorm;
  private readonly linear: Linear;

  constructor(options: DiTFinalLayerOptions) {
    super(checkOptions<DiTFinalLayerOptions>('DiTFinalLayer', options, { width: true, outputs: true, norm: true }));
    const { width, outputs, norm } = options;
    checkSizes('DiTFinalLayer', { width, outputs });
    this.outputs = outputs;
    const kernelInit = constantInit(0);
    this.adaLN = this.part('adaLN', new Linear({ inputs: width, outputs: 2 * width, kernelInit }));
    this.norm = this.part('norm', ditNorm(width, norm));
    this.linear = this.part('linear', new Linear({ inputs: width, outputs, kernelInit }));
  }

  protected override compute(x: tf.Tensor3D, condition: tf.Tensor2D): tf.Tensor3D {
    const [shift, scale] = tf.split(this.adaLN.forward(silu(condition)), 2, 1) as tf.Tensor2D[]; // [B, width] each
    return this.linear.forward(modulate(this.norm.forward(x) as tf.Tensor3D, scale, shift)) as tf.Tensor3D;
  }

  override macs(x: readonly number[], condition: readonly number[]): Record<string, number> {
    return { adaLN: totalMacs(this.adaLN, condition), linear: totalMacs(this.linear, x) };
  }

  override computeOutputShape(inputShape: Shape[]): Shape {
    return [...inputShape[0].slice(0, -1), this.outputs];
  }
}
