import type { Tensor3D } from '@tensorflow/tfjs-core';
import { attention, check } from '@diptych/ops';
import { Block, type BlockOptions } from '../block/block.ts';
import type { Initialiser } from '../initialisation/initialiser.ts';
import { Linear } from './linear.ts';

/** Options of `Attention`. */
export interface AttentionOptions extends BlockOptions {
  /** Width of the tokens, divisible by `heads`. */
  width: number;
  heads: number;
  /** Bias of the joint query, key and value projection. Default false. */
  qkvBias?: boolean;
  /** First values of both kernels. Default Xavier uniform. */
  kernelInit?: Initialiser;
}

/**
 * Multi-head self-attention: softmax(q k' / sqrt(width / heads)) v in each head, then a linear layer.
 * The columns of `qkv.kernel` are all queries, all keys, all values; inside each third head by head.
 *
 * **Shapes** tokens [B, N, width] -> the same.
 *
 * @throws DiptychError if `heads` does not divide `width`, or x is not [B, N, width]
 * @see Vaswani et al. 2017, section 3.2
 * @example
 * const y = new Attention({ width: 64, heads: 4 }).forward(tf.randomNormal([2, 16, 64]));
 */
export class Attention extends Block<[Tensor3D], Tensor3D> {
  static className = 'DiptychAttention';
  private readonly width: number;
  private readonly heads: number;
  private readonly qkv: Linear;
  private readonly proj: Linear;

  constructor(options: AttentionOptions) {
    super(options);
    const { width, heads, qkvBias = false, kernelInit } = options;
    check(Number.isInteger(heads) && heads > 0, 'Attention', 'heads', 'a positive integer', heads);
    check(width % heads === 0, 'Attention', 'width', `divisible by the ${heads} heads`, width);
    this.width = width;
    this.heads = heads;
    this.qkv = this.part('qkv', new Linear({ inputs: width, outputs: 3 * width, bias: qkvBias, kernelInit }));
    this.proj = this.part('proj', new Linear({ inputs: width, outputs: width, kernelInit }));
  }

  protected override compute(x: Tensor3D): Tensor3D {
    check(x.rank === 3 && x.shape[2] === this.width, 'Attention', 'x', `tokens [B, N, ${this.width}]`, x);
    const qkv = this.qkv.forward(x) as Tensor3D; // [B, N, 3 width]
    const mixed = attention(qkv, { heads: this.heads }); // [B, N, width]
    return this.proj.forward(mixed) as Tensor3D;
  }
}
