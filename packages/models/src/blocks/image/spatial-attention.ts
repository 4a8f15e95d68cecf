import * as tf from '@tensorflow/tfjs-core';
import { check, rules } from '@diptych/formats/errors';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { Attention, type AttentionOptions } from '../attention/attention.ts';
import { GroupNorm } from '../norm/group-norm.ts';

/** Options of `SpatialAttention`. */
export interface SpatialAttentionOptions
  extends BlockOptions, Pick<AttentionOptions, 'kernelInit' | 'biasInit' | 'projInit' | 'projBiasInit'> {
  /** Channels of the image, divisible by `heads` and by `groups`. */
  width: number;
  /** Default 1. */
  heads?: number;
  /** Groups of the normalisation, or none: no normalisation. Default `groupsFor(width)`. */
  groups?: number | 'none';
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
  /** Times the sum: sqrt(1/2) in DDPM++ and NCSN++. Default 1. */
  scale?: number;
}

/**
 * Self-attention between the pixels of an image, with its residual connection: scale (x + attention(groupNorm(x))). The block of a
 * UNet's middle and of its small images; positions have no mark.
 *
 * **Shapes** [B, H, W, width] -> the same.
 *
 * @throws DiptychError if `heads` or `groups` do not divide `width`, or x is not [B, H, W, width]
 * @see Ho et al. 2020, arXiv:2006.11239, appendix B; the scale: Song et al. 2021, arXiv:2011.13456, appendix H
 * @example
 * const y = new SpatialAttention({ width: 64, heads: 4 }).forward(tf.randomNormal([2, 16, 16, 64]));
 */
export class SpatialAttention extends Block<[tf.Tensor4D], tf.Tensor4D> {
  static className = 'DiptychSpatialAttention';
  readonly #width: number;
  readonly #scale: number;
  readonly #norm?: GroupNorm;
  readonly #attn: Attention;

  constructor(options: SpatialAttentionOptions) {
    super(
      checkBlockOptions<SpatialAttentionOptions>('SpatialAttention', options, {
        width: needed(rules.count),
        heads: rules.count,
        groups: rules.either(rules.count, rules.oneOf('none')),
        epsilon: rules.positive,
        scale: rules.finite,
        kernelInit: rules.callback,
        biasInit: rules.callback,
        projInit: rules.callback,
        projBiasInit: rules.callback,
      }),
    );
    const { width, heads = 1, groups, epsilon, scale = 1 } = options;
    check(width % heads === 0, 'SpatialAttention', 'width', `divisible by the ${heads} heads`, width);
    this.#width = width;
    this.#scale = scale;
    if (groups !== 'none') this.#norm = this.part('norm', new GroupNorm({ width, groups, epsilon }));
    const { kernelInit, biasInit, projInit, projBiasInit } = options;
    const init = { kernelInit, biasInit, projInit, projBiasInit };
    this.#attn = this.part('attn', new Attention({ width, heads, qkvBias: true, ...init }));
  }

  protected override compute(x: tf.Tensor4D): tf.Tensor4D {
    const width = this.#width;
    check(x.rank === 4 && x.shape[3] === width, 'SpatialAttention', 'x', `images [B, H, W, ${width}]`, x);
    const [batch, height, breadth] = x.shape;
    const normal = this.#norm ? this.#norm.forward(x) : x;
    const mixed = this.#attn.forward(tf.reshape(normal, [batch, height * breadth, width])); // [B, H W, width]
    const sum = tf.add(x, tf.reshape(mixed, x.shape));
    return (this.#scale === 1 ? sum : tf.mul(sum, this.#scale)) as tf.Tensor4D;
  }

  override macs([batch, height, width, channels]: readonly number[]): Record<string, number> {
    return { attn: totalMacs(this.#attn, [batch, height * width, channels]) };
  }
}
