import * as tf from '@tensorflow/tfjs-core';
import { check, rules } from '@diptych/formats/errors';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import type { Initializer } from '../../base/initialization.ts';
import { Attention } from './attention.ts';
import { LayerNorm } from '../norm/layer-norm.ts';
import { Linear } from '../mlp/linear.ts';
import { Mlp } from '../mlp/mlp.ts';

/** Options of `TransformerBlock`. */
export interface TransformerBlockOptions extends BlockOptions {
  /** Width of the tokens, divisible by `heads`. */
  width: number;
  heads: number;
  /** Width inside the MLP over the width of the tokens. Default 4. */
  mlpRatio?: number;
  /** Default false. */
  qkvBias?: boolean;
  /** Whether a long skip comes in: the tokens of an earlier block, merged by a linear layer. Default false. */
  skip?: boolean;
  /** First values of all kernels. Default Xavier uniform. */
  kernelInit?: Initializer;
}

/**
 * A pre-norm transformer block, with the long skip of U-ViT if wanted:
 *
 *     x = [x, skip] W + b          if there is a skip
 *     x = x + attn(norm1(x))
 *     x = x + mlp(norm2(x))
 *
 * **Shapes** tokens [B, N, width] (and skip the same) -> the same.
 *
 * @throws DiptychError if a skip is missing, or given to a block without one
 * @see Bao et al. 2022 (U-ViT), figure 2
 * @example
 * const y = new TransformerBlock({ width: 64, heads: 4 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class TransformerBlock extends Block<[tf.Tensor3D, tf.Tensor3D?], tf.Tensor3D> {
  static className = 'DiptychTransformerBlock';
  readonly #skip?: Linear;
  readonly #norm1: LayerNorm;
  readonly #attn: Attention;
  readonly #norm2: LayerNorm;
  readonly #mlp: Mlp;

  constructor(options: TransformerBlockOptions) {
    super(
      checkBlockOptions<TransformerBlockOptions>('TransformerBlock', options, {
        width: needed(rules.count),
        heads: needed(rules.count),
        mlpRatio: rules.positive,
        qkvBias: rules.flag,
        skip: rules.flag,
        kernelInit: rules.callback,
      }),
    );
    const { width, heads, mlpRatio = 4, qkvBias, skip = false, kernelInit } = options;
    if (skip) this.#skip = this.part('skip', new Linear({ inputs: 2 * width, outputs: width, kernelInit }));
    this.#norm1 = this.part('norm1', new LayerNorm({ width }));
    this.#attn = this.part('attn', new Attention({ width, heads, qkvBias, kernelInit }));
    this.#norm2 = this.part('norm2', new LayerNorm({ width }));
    this.#mlp = this.part('mlp', new Mlp({ width, hidden: Math.floor(mlpRatio * width), kernelInit }));
  }

  protected override compute(x: tf.Tensor3D, skip?: tf.Tensor3D): tf.Tensor3D {
    check(!this.#skip === !skip, 'TransformerBlock', 'skip', this.#skip ? 'given' : 'absent', skip);
    if (skip) x = this.#skip!.forward(tf.concat([x, skip], -1)); // [B, N, 2 width] -> [B, N, width]
    x = tf.add(x, this.#attn.forward(this.#norm1.forward(x)));
    return tf.add(x, this.#mlp.forward(this.#norm2.forward(x)));
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const [batch, tokens, width] = shape;
    const merging = this.#skip && { skip: totalMacs(this.#skip, [batch, tokens, 2 * width]) };
    return { ...merging, attn: totalMacs(this.#attn, shape), mlp: totalMacs(this.#mlp, shape) };
  }

  override computeOutputShape(inputShape: (number | null)[] | (number | null)[][]): (number | null)[] {
    return Array.isArray(inputShape[0]) ? inputShape[0] : (inputShape as number[]);
  }
}
