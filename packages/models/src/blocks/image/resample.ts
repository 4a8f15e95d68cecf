import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { blockRules, needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { Conv2d } from '../convolution/conv2d.ts';
import type { Initializer } from '../../base/initialization.ts';
import { downsample, boxFilter, filterPadding, resampleFilter, upsample } from './up-downsample.ts';

/** The convolution of a `Resample`. */
export interface ResampleConv {
  inputs: number;
  outputs: number;
  /** Height and width of the kernel, odd. Default 3. */
  size?: number;
  /**
   * Filter and convolution as one operation: the second sees what the first has beyond the edge of the image, instead of zeros.
   * Downwards the convolution comes first then. Default false.
   */
  fused?: boolean;
  /**
   * Where zeros go around the image of a convolution of stride 2: `both` sides alike (DDPM), or at its `end`, below and to the right
   * (Stable Diffusion's autoencoder). Default both.
   */
  padding?: 'both' | 'end';
  /** First values of its kernel and its bias. Default those of `Conv2d`. */
  kernelInit?: Initializer;
  biasInit?: Initializer;
}

/** Options of `Resample`. */
export interface ResampleOptions extends BlockOptions {
  direction: 'up' | 'down';
  /**
   * Taps along each axis, such as [1, 3, 3, 1]. `none` (down only): the convolution takes steps of two. Default [1, 1]: nearest
   * neighbours up, the mean of 2x2 pixels down.
   */
  filter?: readonly number[] | 'none';
  /** A convolution after the filter. Default none. */
  conv?: ResampleConv;
}

/**
 * Halves or doubles images, as the levels of a UNet or an autoencoder do: `downsample` or `upsample` by a filter, then a convolution
 * `conv` if there is one; or a convolution of stride 2 alone. An uneven size is rounded down, by a stride with zeros on `both` sides up.
 *
 * | network | down | up |
 * |---|---|---|
 * | DDPM | `filter: 'none', conv` | `conv` |
 * | DDPM++, ADM | (default) | (default) |
 * | NCSN++ | `filter: [1, 3, 3, 1]`, its residual encoder with a fused `conv` | `filter: [1, 3, 3, 1]` |
 * | Stable Diffusion's autoencoder | `filter: 'none', conv` with `padding: 'end'` | `conv` |
 *
 * **Shapes** [B, H, W, C] -> [B, H/2, W/2, C'] or [B, 2H, 2W, C'].
 *
 * @throws DiptychError if options contradict each other, or x has other channels
 * @see Ho et al. 2020, arXiv:2006.11239, appendix B; Song et al. 2021, arXiv:2011.13456, appendix H; Karras et al. 2022,
 *   arXiv:2206.00364, table 7
 * @example
 * const down = new Resample({ direction: 'down', filter: 'none', conv: { inputs: 64, outputs: 64 } });
 * const half = down.forward(tf.zeros([2, 32, 32, 64])); // [2, 16, 16, 64]
 */
export class Resample extends Block<[Tensor4D], Tensor4D> {
  static className = 'DiptychResample';
  readonly #direction: 'up' | 'down';
  /** None: the convolution has the stride. */
  readonly #filter?: readonly number[];
  readonly #fused: boolean;
  readonly #roundsUp: boolean;
  /** Of the filter. */
  readonly #padding: number;
  readonly #conv?: Conv2d;

  constructor(options: ResampleOptions) {
    super(
      checkBlockOptions<ResampleOptions>('Resample', options, {
        direction: needed(blockRules.resampleDirection),
        filter: rules.either(rules.oneOf('none'), blockRules.filter),
        conv: rules.object,
      }),
    );
    const { direction, filter = boxFilter, conv } = options;
    const strided = filter === 'none';
    const possible = !strided || (direction === 'down' && conv);
    check(possible, 'Resample', 'filter', 'numbers, or "none" downwards with a convolution', filter);
    this.#direction = direction;
    if (!strided) this.#filter = resampleFilter('Resample', filter);
    const { size = 3, fused = false, padding = 'both', inputs, outputs } = conv ?? ({} as ResampleConv);
    check(padding === 'both' || padding === 'end', 'Resample', 'conv.padding', '"both" or "end"', padding);
    check(padding === 'both' || (strided && size > 1), 'Resample', 'conv.padding', '"both" without a stride', padding);
    check(!fused || !strided, 'Resample', 'conv.fused', 'false without a filter', fused);
    this.#fused = fused;
    this.#roundsUp = strided && padding === 'both';
    const reach = filterPadding(this.#filter?.length ?? 0);
    const around = size >> 1;
    this.#padding = !fused ? reach : direction === 'up' ? Math.max(reach - around, 0) : 0;
    if (!conv) return;
    checkOptions<ResampleConv>(
      'Resample',
      conv,
      {
        inputs: needed(rules.count),
        outputs: needed(rules.count),
        size: blockRules.kernelSize,
        fused: rules.flag,
        padding: rules.oneOf('both', 'end'),
        kernelInit: rules.callback,
        biasInit: rules.callback,
      },
      'conv',
    );
    const strides = strided ? 2 : 1;
    const fusedAround = direction === 'up' ? Math.max(around - reach, 0) : around + reach;
    const end = [0, size - 2] as const;
    const zeros = padding === 'end' ? ([end, end] as const) : fused ? fusedAround : around;
    const { kernelInit, biasInit } = conv;
    this.#conv = this.part(
      'conv',
      new Conv2d({ inputs, outputs, size, strides, padding: zeros, kernelInit, biasInit }),
    );
  }

  protected override compute(x: Tensor4D): Tensor4D {
    const conv = this.#conv;
    if (!conv) return this.#filtered(x);
    return this.#convFirst ? this.#filtered(conv.forward(x)) : conv.forward(this.#filtered(x));
  }

  /** The multiply-adds of the convolution; the few of the filter are no product of matrices and not counted. */
  override macs([batch, height, width, channels]: readonly number[]): Record<string, number> {
    if (!this.#conv) return {};
    const [h, w] = [height, width].map((n) => (this.#convFirst ? n : this.#filteredSize(n)));
    return { conv: totalMacs(this.#conv, [batch, h, w, channels]) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [batch, height, width, channels] = inputShape;
    const sizes = [height, width].map((n) => {
      if (n == null) return null;
      return this.#direction === 'up' ? 2 * n : this.#roundsUp ? Math.ceil(n / 2) : Math.floor(n / 2);
    });
    return [batch, ...sizes, this.#conv ? this.#conv.parameterSpecs().kernel.shape[3] : channels];
  }

  get #convFirst(): boolean {
    return this.#fused && this.#direction === 'down';
  }

  #filtered(x: Tensor4D): Tensor4D {
    const [filter, padding] = [this.#filter, this.#padding];
    if (!filter) return x;
    return this.#direction === 'up' ? upsample(x, { filter, padding }) : downsample(x, { filter, padding });
  }

  #filteredSize(n: number): number {
    if (!this.#filter) return n;
    const { length } = this.#filter;
    const padding = this.#padding;
    return this.#direction === 'up'
      ? 2 * (n - 1) + length - 2 * padding
      : Math.floor((n + 2 * padding - length) / 2) + 1;
  }
}
