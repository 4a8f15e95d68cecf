import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { scaledDotProductAttention } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import type { Initializer } from '../../base/initialization.ts';
import { Linear } from '../mlp/linear.ts';

/** Options of `CrossAttention`. */
export interface CrossAttentionOptions extends BlockOptions {
  /** Width of the tokens, divisible by `heads`. */
  width: number;
  heads: number;
  /** Width of the tokens that are attended to. Default width. */
  context?: number;
  /** Bias of queries, keys and values. Default false. */
  qkvBias?: boolean;
  /** First values of the last kernel; zero lets a residual branch begin as nothing. Default Xavier uniform. */
  lastInit?: Initializer;
}

/**
 * Attention of tokens to other tokens, such as those of a text encoder: softmax(q k' / sqrt(width / heads)) v with q from x,
 * k and v from the context, then a linear layer. A condition that is one vector is a context of one token.
 *
 * **Shapes** x [B, N, width], context [B, M, context] -> [B, N, width].
 *
 * @throws DiptychError if `heads` does not divide `width`, or an input has another width or batch
 * @see Vaswani et al. 2017, section 3.2; Rombach et al. 2021, arXiv:2112.10752, section 3.3
 * @example
 * const attend = new CrossAttention({ width: 64, heads: 4, context: 768, lastInit: constantInit(0) });
 * x = tf.add(x, attend.forward(norm.forward(x), textTokens));
 */
export class CrossAttention extends Block<[tf.Tensor3D, tf.Tensor3D], tf.Tensor3D> {
  static className = 'DiptychCrossAttention';
  readonly #width: number;
  readonly #heads: number;
  readonly #context: number;
  readonly #q: Linear;
  readonly #kv: Linear;
  readonly #proj: Linear;

  constructor(options: CrossAttentionOptions) {
    super(
      checkBlockOptions<CrossAttentionOptions>('CrossAttention', options, {
        width: needed(rules.count),
        heads: needed(rules.count),
        context: rules.count,
        qkvBias: rules.flag,
        lastInit: rules.callback,
      }),
    );
    const { width, heads, context = width, qkvBias: bias = false, lastInit } = options;
    check(width % heads === 0, 'CrossAttention', 'width', `divisible by the ${heads} heads`, width);
    this.#width = width;
    this.#heads = heads;
    this.#context = context;
    this.#q = this.part('q', new Linear({ inputs: width, outputs: width, bias }));
    this.#kv = this.part('kv', new Linear({ inputs: context, outputs: 2 * width, bias }));
    this.#proj = this.part('proj', new Linear({ inputs: width, outputs: width, kernelInit: lastInit }));
  }

  protected override compute(x: tf.Tensor3D, context: tf.Tensor3D): tf.Tensor3D {
    const [width, heads] = [this.#width, this.#heads];
    check(x.rank === 3 && x.shape[2] === width, 'CrossAttention', 'x', `tokens [B, N, ${width}]`, x);
    const [batch, tokens] = x.shape;
    const fits = context.rank === 3 && context.shape[0] === batch && context.shape[2] === this.#context;
    check(fits, 'CrossAttention', 'context', `tokens [${batch}, M, ${this.#context}]`, context);
    const split = (of: tf.Tensor) => {
      const apart = tf.reshape(of, [batch, -1, heads, width / heads]); // [B, N, heads, d]
      return tf.transpose(apart, [0, 2, 1, 3]) as tf.Tensor4D; // [B, heads, N, d]
    };
    const [k, v] = tf.split(this.#kv.forward(context), 2, -1).map(split);
    const mixed = tf.transpose(scaledDotProductAttention(split(this.#q.forward(x)), k, v), [0, 2, 1, 3]);
    return this.#proj.forward(tf.reshape<tf.Rank.R3>(mixed, [batch, tokens, width]));
  }

  override macs(x: readonly number[], context: readonly number[]): Record<string, number> {
    const products = 2 * x[0] * x[1] * context[1] * this.#width;
    return { q: totalMacs(this.#q, x), kv: totalMacs(this.#kv, context), '': products, proj: totalMacs(this.#proj, x) };
  }

  override computeOutputShape(inputShape: Shape[]): Shape {
    return inputShape[0];
  }
}
