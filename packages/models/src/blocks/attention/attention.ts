import * as tf from '@tensorflow/tfjs-core';
import { check, rules } from '@diptych/formats/errors';
import { attention, scaledDotProductAttention } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { totalMacs } from '../../base/macs.ts';
import type { Initializer } from '../../base/initialization.ts';
import { LayerNorm } from '../norm/layer-norm.ts';
import { Linear } from '../mlp/linear.ts';
import { RmsNorm } from '../norm/rms-norm.ts';
import { rotaryTables, rotate, type RotaryGrid, type RotaryTables } from './rotary-positions.ts';

/** What normalises queries and keys. */
export const qkNormRule = rules.oneOf('none', 'layer', 'rms');

/** Options of `Attention`. */
export interface AttentionOptions extends BlockOptions {
  /** Width of the tokens, divisible by `heads`. */
  width: number;
  heads: number;
  /** Bias of the joint query, key and value projection. Default false. */
  qkvBias?: boolean;
  /** Normalisation of queries and keys in each head. Default none. */
  qkNorm?: 'none' | 'layer' | 'rms';
  /** Rotary positions on queries and keys, after their normalisation. Default none. */
  rotary?: RotaryGrid;
  /** First values of both kernels. Default Xavier uniform. */
  kernelInit?: Initializer;
  /** First values of both biases. Default zero. */
  biasInit?: Initializer;
  /** First values of the last kernel, if others. */
  projInit?: Initializer;
  /** First values of the last bias, if others. */
  projBiasInit?: Initializer;
}

/**
 * Multi-head self-attention: softmax(q k' / sqrt(width / heads)) v in each head, then a linear layer.
 * The columns of `qkv.kernel` are all queries, all keys, all values; inside each third head by head.
 *
 * **Shapes** tokens [B, N, width] -> the same.
 *
 * @throws DiptychError if `heads` does not divide `width`, or x is not [B, N, width]
 * @see Vaswani et al. 2017, section 3.2; normalised queries and keys: Dehghani et al. 2023, arXiv:2302.05442
 * @example
 * const y = new Attention({ width: 64, heads: 4 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class Attention extends Block<[tf.Tensor3D], tf.Tensor3D> {
  static className = 'DiptychAttention';
  readonly #width: number;
  readonly #heads: number;
  readonly #qkv: Linear;
  readonly #qNorm?: LayerNorm | RmsNorm;
  readonly #kNorm?: LayerNorm | RmsNorm;
  readonly #proj: Linear;
  readonly #tables?: RotaryTables;

  constructor(options: AttentionOptions) {
    super(
      checkBlockOptions<AttentionOptions>('Attention', options, {
        width: needed(rules.count),
        heads: needed(rules.count),
        qkvBias: rules.flag,
        qkNorm: qkNormRule,
        rotary: rules.object,
        kernelInit: rules.callback,
        biasInit: rules.callback,
        projInit: rules.callback,
        projBiasInit: rules.callback,
      }),
    );
    const { width, heads, qkvBias = false, qkNorm = 'none', rotary, kernelInit, biasInit } = options;
    const { projInit = kernelInit, projBiasInit = biasInit } = options;
    check(width % heads === 0, 'Attention', 'width', `divisible by the ${heads} heads`, width);
    this.#width = width;
    this.#heads = heads;
    this.#qkv = this.part(
      'qkv',
      new Linear({ inputs: width, outputs: 3 * width, bias: qkvBias, kernelInit, biasInit }),
    );
    const norm = () =>
      qkNorm === 'layer' ? new LayerNorm({ width: width / heads }) : new RmsNorm({ width: width / heads });
    if (qkNorm !== 'none') [this.#qNorm, this.#kNorm] = [this.part('qNorm', norm()), this.part('kNorm', norm())];
    const last = { kernelInit: projInit, biasInit: projBiasInit };
    this.#proj = this.part('proj', new Linear({ inputs: width, outputs: width, ...last }));
    if (rotary) this.#tables = rotaryTables(rotary, width / heads);
  }

  protected override compute(x: tf.Tensor3D): tf.Tensor3D {
    const [width, heads] = [this.#width, this.#heads];
    check(x.rank === 3 && x.shape[2] === width, 'Attention', 'x', `tokens [B, N, ${width}]`, x);
    const qkv = this.#qkv.forward(x); // [B, N, 3 width]
    const plain = !this.#qNorm && !this.#tables;
    const mixed = plain ? attention(qkv, { heads }) : this.#attend(qkv); // [B, N, width]
    return this.#proj.forward(mixed);
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const [batch, tokens] = shape;
    const products = 2 * batch * tokens * tokens * this.#width;
    return { qkv: totalMacs(this.#qkv, shape), '': products, proj: totalMacs(this.#proj, shape) };
  }

  /** Attention of normalised or rotated queries and keys. */
  #attend(qkv: tf.Tensor3D): tf.Tensor3D {
    const [width, heads, tables] = [this.#width, this.#heads, this.#tables];
    const [batch, tokens] = qkv.shape;
    const known = tables ? tables.cos.length / (width / heads) : tokens;
    check(tokens === known, 'Attention', 'x', `the ${known} tokens of the rotary grid`, tokens);
    const [q, k, v] = tf.split(qkv, 3, -1).map((part, i) => {
      let head = tf.reshape(part, [batch, tokens, heads, width / heads]) as tf.Tensor4D; // [B, N, heads, d]
      const norm = [this.#qNorm, this.#kNorm][i];
      if (norm) head = norm.forward(head) as tf.Tensor4D;
      if (tables && i < 2) head = rotate(head, tables);
      return tf.transpose(head, [0, 2, 1, 3]); // [B, heads, N, d]
    });
    const mixed = tf.transpose(scaledDotProductAttention(q, k, v), [0, 2, 1, 3]); // [B, N, heads, d]
    return tf.reshape(mixed, [batch, tokens, width]);
  }
}
