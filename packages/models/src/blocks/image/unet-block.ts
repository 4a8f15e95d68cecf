import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { foldIn, type ForwardOptions } from '@diptych/core';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions, type BlockRules } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import { ResidualBlock, residualRules, type ResidualBlockOptions } from './residual-block.ts';
import { SpatialAttention } from './spatial-attention.ts';
import { unetInit } from './unet-initials.ts';

/** Self-attention inside a `UNetBlock` or a `UNetMiddle`. */
export interface UNetAttention {
  heads: number;
  /** Groups of its norm, or none. Default those of the residual block. */
  groups?: number | 'none';
}

/** Options of `UNetBlock`. */
export interface UNetBlockOptions extends ResidualBlockOptions {
  /** Self-attention behind the residual block. Default none. */
  attention?: UNetAttention;
}

const unetBlockRules = { ...residualRules, attention: rules.object } satisfies BlockRules<UNetBlockOptions>;

function checked(where: string, options: UNetBlockOptions): UNetBlockOptions {
  const { attention } = checkBlockOptions<UNetBlockOptions>(where, options, unetBlockRules);
  const known = { heads: needed(rules.count), groups: rules.either(rules.count, rules.oneOf('none')) };
  if (attention) checkOptions<UNetAttention>(where, attention, known, 'attention');
  return options;
}

/** Its self-attention, with the norm, the factor and the first values of its residual block. */
function attentionOf(
  width: number,
  attention: UNetAttention,
  { groups, epsilon, scale, initials = 'uniform' }: Omit<ResidualBlockOptions, keyof BlockOptions>,
): SpatialAttention {
  const inner = unetInit(initials, width, 'attention');
  const last = unetInit(initials, width, 'last');
  const init = { ...inner, projInit: last.kernelInit, projBiasInit: last.biasInit };
  return new SpatialAttention({ width, groups, epsilon, scale, ...attention, ...init });
}

/**
 * One step of a UNet's way down or up: a residual block `res`, then self-attention `attn` if it has one.
 *
 * **Shapes** x [B, H, W, inputs], condition [B, E] -> [B, H, W, outputs], half or twice the height and width with `resample`.
 *
 * @throws DiptychError if `ResidualBlock` or `SpatialAttention` does
 * @see Ho et al. 2020, arXiv:2006.11239, appendix B
 * @example
 * const block = new UNetBlock({ inputs: 64, condition: 256, attention: { heads: 1 } });
 * const y = block.forward(tf.zeros([2, 16, 16, 64]), tf.zeros([2, 256]));
 */
export class UNetBlock extends Block<[Tensor4D, Tensor2D?, ForwardOptions?], Tensor4D> {
  static className = 'DiptychUNetBlock';
  readonly #res: ResidualBlock;
  readonly #attn?: SpatialAttention;

  constructor(options: UNetBlockOptions) {
    const { attention, ...residual } = checked('UNetBlock', options);
    super(options);
    this.#res = this.part('res', new ResidualBlock(innerOptions(residual)));
    if (!attention) return;
    this.#attn = this.part('attn', attentionOf(residual.outputs ?? residual.inputs, attention, residual));
  }

  protected override compute(x: Tensor4D, condition?: Tensor2D, options?: ForwardOptions): Tensor4D {
    const y = this.#res.forward(x, condition, options);
    return this.#attn ? this.#attn.forward(y) : y;
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = this.#res.computeOutputShape([...shape]) as number[];
    return { res: totalMacs(this.#res, shape), ...(this.#attn && { attn: totalMacs(this.#attn, inside) }) };
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    return this.#res.computeOutputShape(inputShape);
  }
}

/**
 * The middle of a UNet: residual block `res1`, self-attention `attn` if it has one, residual block `res2`.
 *
 * **Shapes** x [B, H, W, inputs], condition [B, E] -> [B, H, W, inputs].
 *
 * @throws DiptychError if `ResidualBlock` or `SpatialAttention` does, or other channels come out
 * @see Ho et al. 2020, arXiv:2006.11239, appendix B
 * @example
 * const middle = new UNetMiddle({ inputs: 64, condition: 256, attention: { heads: 1 } });
 * const y = middle.forward(tf.zeros([2, 4, 4, 64]), tf.zeros([2, 256]));
 */
export class UNetMiddle extends Block<[Tensor4D, Tensor2D?, ForwardOptions?], Tensor4D> {
  static className = 'DiptychUNetMiddle';
  readonly #res1: ResidualBlock;
  readonly #attn?: SpatialAttention;
  readonly #res2: ResidualBlock;

  constructor(options: UNetBlockOptions) {
    const { attention, ...residual } = checked('UNetMiddle', options);
    super(options);
    const { inputs, outputs = inputs, resample } = residual;
    check(outputs === inputs, 'UNetMiddle', 'outputs', `the ${inputs} channels that come in`, outputs);
    check(!resample, 'UNetMiddle', 'resample', 'absent', resample);
    this.#res1 = this.part('res1', new ResidualBlock(innerOptions(residual)));
    if (attention) this.#attn = this.part('attn', attentionOf(inputs, attention, residual));
    this.#res2 = this.part('res2', new ResidualBlock(innerOptions(residual)));
  }

  protected override compute(x: Tensor4D, condition?: Tensor2D, options: ForwardOptions = {}): Tensor4D {
    const first = this.#res1.forward(x, condition, options);
    const mixed = this.#attn ? this.#attn.forward(first) : first;
    return this.#res2.forward(mixed, condition, { ...options, ...(options.key && { key: foldIn(options.key, 1) }) });
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const [res1, res2] = [totalMacs(this.#res1, shape), totalMacs(this.#res2, shape)];
    return { res1, ...(this.#attn && { attn: totalMacs(this.#attn, shape) }), res2 };
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    return this.#res1.computeOutputShape(inputShape);
  }
}

/** The options of a part: those of the block itself, such as its name, are not the part's. */
function innerOptions<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in unetBlockRules)) as T;
}
