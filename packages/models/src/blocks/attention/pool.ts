import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { meanPool } from '@diptych/ops';
import { Block } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkBlockOptions } from '../../base/check-options.ts';

/** Options of `Pool`. */
export interface PoolOptions extends BlockOptions {
  /** `mean` over tokens or pixels; `cls` takes one token. Default mean. */
  kind?: 'mean' | 'cls';
  /** First token of the mean, to leave out class, label or time tokens. Default 0. */
  first?: number;
  /** Number of tokens of the mean. Default all that follow. */
  count?: number;
  /** Position of the class token. Default 0. */
  classToken?: number;
}

/**
 * One vector for each sample: the mean over the tokens (or pixels) of a feature, or its class token.
 *
 * **Shapes** [B, N, D] or [B, H, W, D] -> [B, D]; [B, D] passes.
 *
 * @throws DiptychError if the feature has other axes, or fewer tokens than the options name
 * @example
 * new Pool({ first: 2 }).forward(tokens); // mean over all but two leading tokens
 */
export class Pool extends Block<[tf.Tensor], tf.Tensor2D> {
  static className = 'DiptychPool';
  readonly #kind: 'mean' | 'cls';
  readonly #first: number;
  readonly #count?: number;
  readonly #classToken: number;

  constructor(options: PoolOptions = {}) {
    super(
      checkBlockOptions<PoolOptions>('Pool', options, {
        kind: rules.oneOf('mean', 'cls'),
        first: rules.index,
        count: rules.count,
        classToken: rules.index,
      }),
    );
    const { kind = 'mean', first = 0, count, classToken = 0 } = options;
    this.#kind = kind;
    this.#first = first;
    this.#count = count;
    this.#classToken = classToken;
  }

  protected override compute(x: tf.Tensor): tf.Tensor2D {
    check(x.rank >= 2 && x.rank <= 4, 'Pool', 'x', '[B, D], [B, N, D] or [B, H, W, D]', x);
    if (x.rank === 2) return tf.clone(x) as tf.Tensor2D;
    if (this.#kind === 'mean' && this.#first === 0 && this.#count == null) return meanPool(x) as tf.Tensor2D;
    check(x.rank === 3, 'Pool', 'x', 'tokens [B, N, D] when single tokens are named', x);
    const first = this.#kind === 'cls' ? this.#classToken : this.#first;
    const [, all = 0] = x.shape;
    const count = this.#kind === 'cls' ? 1 : (this.#count ?? all - first);
    check(first >= 0 && count > 0 && first + count <= all, 'Pool', 'x', `at least ${first + count} tokens`, x);
    const tokens = tf.slice(x, [0, first, 0], [-1, count, -1]); // [B, count, D]
    return this.#kind === 'cls' ? tf.squeeze(tokens, [1]) : (meanPool(tokens) as tf.Tensor2D); // [B, D]
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0], inputShape[inputShape.length - 1]];
  }
}
