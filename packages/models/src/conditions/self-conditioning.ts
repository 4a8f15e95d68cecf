import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { check, rules } from '@diptych/formats/errors';
import { silu, stopGradient } from '@diptych/ops';
import { Block } from '../base/block.ts';
import type { BlockOptions } from '../base/weight-tree.ts';
import { checkBlockOptions, type BlockRules, type Defaults, withDefaults } from '../base/check-options.ts';
import { needed } from '../base/option-rules.ts';
import { totalMacs } from '../base/macs.ts';
import { constantInit, normalInit } from '../base/initialization.ts';
import { Linear } from '../blocks/mlp/linear.ts';
import { Mlp } from '../blocks/mlp/mlp.ts';
import { Pool, type PoolOptions } from '../blocks/attention/pool.ts';

/** How self-conditioning is made; every choice that the paper leaves open. */
export interface SelfConditioningChoices {
  /** How the feature becomes a vector. Default mean. */
  pool?: 'mean' | 'cls';
  /** Linear layers from the vector to the condition: 2 (with SiLU between) or 1. Default 2. */
  depth?: 1 | 2;
  /** Time-adaptive factor: none, one number for each sample, or one for each channel. Default vector. */
  scale?: 'none' | 'scalar' | 'vector';
  /** Begin with u = 0, so that the network begins as its baseline; otherwise N(0, 0.02^2). Default true. */
  zeroInit?: boolean;
  /** Keep the gradient of later layers from reaching the feature. Default false: the feature is to be reshaped. */
  stopGradient?: boolean;
  /**
   * false is the control of a fair comparison: u is made of the condition e itself instead of the feature. Same weights, same
   * first values, same cost; no feature reaches later layers. Default true.
   */
  rerouted?: boolean;
}

/** The choices but `pool`, with their defaults. */
export const guidanceDefaults = {
  depth: 2,
  scale: 'vector',
  zeroInit: true,
  stopGradient: false,
  rerouted: true,
} as const satisfies Defaults<Omit<SelfConditioningChoices, 'pool'>>;

const defaults = {
  ...guidanceDefaults,
  width: undefined,
  condition: undefined,
  tokens: undefined,
  pool: 'mean',
} as const satisfies Defaults<SelfConditioningOptions>;

/** The choices but `pool`, with their rules. */
export const guidanceRules = {
  depth: rules.oneOf(1, 2),
  scale: rules.oneOf('none', 'scalar', 'vector'),
  zeroInit: rules.flag,
  stopGradient: rules.flag,
  rerouted: rules.flag,
} satisfies BlockRules<Omit<SelfConditioningChoices, 'pool'>>;

/** What becomes of a feature with more than one place. */
export const poolRule = rules.oneOf('mean', 'cls');

/** Options of `SelfConditioning`. */
export interface SelfConditioningOptions extends SelfConditioningChoices, BlockOptions {
  /** Channels of the feature. */
  width: number;
  /** Width of the condition (the time embedding). Default width. */
  condition?: number;
  /** Which tokens count, for `pool`. Default all. */
  tokens?: Pick<PoolOptions, 'first' | 'count' | 'classToken'>;
}

/**
 * Feature self-conditioning: the feature h of one layer, pooled, guides all later layers through the condition e (usually the
 * time embedding) that they read anyway.
 *
 *     z  = pool(h)
 *     u  = W2 silu(W1 z + b1) + b2       (depth 1: u = W z + b)
 *     s  = 1 + g silu(e) + c             (scale none: s = 1)
 *     e' = e + s u
 *
 * The last layer and g begin at zero, so e' = e at first, bit for bit. Not to be confused with feeding back an earlier x0
 * estimate (Analog Bits): this happens inside one forward pass.
 *
 * **Shapes** feature [B, N, D], [B, H, W, D] or [B, D], condition [B, E] -> [B, E].
 *
 * @throws DiptychError if an option is unknown or a shape does not fit
 * @see Xiang et al. 2025, "DDAE++", arXiv:2505.10999; written from its abstract, README and reviews: what was inferred is an option
 * @example
 * const routed = new SelfConditioning({ width: 256, condition: 512 });
 * const e2 = routed.forward(feature, e); // later blocks get e2 instead of e
 */
export class SelfConditioning extends Block<[tf.Tensor, tf.Tensor2D], tf.Tensor2D> {
  static className = 'DiptychSelfConditioning';
  readonly #width: number;
  readonly #condition: number;
  readonly #choices: Required<SelfConditioningChoices>;
  readonly #pooled: Pool;
  readonly #project: Linear | Mlp;
  readonly #scale?: Linear;

  constructor(options: SelfConditioningOptions) {
    super(
      checkBlockOptions<SelfConditioningOptions>('SelfConditioning', options, {
        width: needed(rules.count),
        condition: rules.count,
        tokens: rules.object,
        pool: poolRule,
        ...guidanceRules,
      }),
    );
    const { width, condition = width, tokens, ...choices } = withDefaults(options, defaults);
    const { pool, depth, scale, zeroInit, stopGradient, rerouted } = choices;
    this.#width = width;
    this.#condition = condition;
    this.#choices = { pool, depth, scale, zeroInit, stopGradient, rerouted };
    const last = { kernelInit: zeroInit ? constantInit(0) : normalInit(0.02) };
    this.#pooled = this.part('pooled', new Pool({ kind: pool, ...tokens }));
    this.#project = this.part(
      'project',
      depth === 1
        ? new Linear({ inputs: width, outputs: condition, ...last })
        : new Mlp({ width, hidden: condition, outputs: condition, activation: 'silu', lastInit: last.kernelInit }),
    );
    if (scale === 'none') return;
    const outputs = scale === 'scalar' ? 1 : condition;
    this.#scale = this.part('scale', new Linear({ inputs: condition, outputs, kernelInit: constantInit(0) }));
  }

  /** What is added to the condition, s u: for conditions that are not a vector, such as a token of a sequence. */
  update(feature: tf.Tensor, condition: tf.Tensor2D): tf.Tensor2D {
    this.build();
    return tf.tidy(() => {
      const fits = condition.rank === 2 && condition.shape[1] === this.#condition;
      check(fits, 'SelfConditioning', 'condition', `[B, ${this.#condition}]`, condition);
      check(feature.shape.at(-1) === this.#width, 'SelfConditioning', 'feature', `[B, ..., ${this.#width}]`, feature);
      const pooled = this.#pooled.forward(feature); // [B, D]
      const guide = this.#choices.stopGradient ? stopGradient(pooled) : pooled;
      const u = this.#project.forward(this.#choices.rerouted ? guide : repeated(condition, this.#width)); // [B, E]
      if (!this.#scale) return u as tf.Tensor2D;
      return tf.mul(tf.add(this.#scale.forward(silu(condition)), 1), u) as tf.Tensor2D; // [B, 1 or E] * [B, E]
    });
  }

  protected override compute(feature: tf.Tensor, condition: tf.Tensor2D): tf.Tensor2D {
    return tf.add(condition, this.update(feature, condition));
  }

  override macs(feature: readonly number[]): Record<string, number> {
    const [batch] = feature;
    const scale = this.#scale && { scale: totalMacs(this.#scale, [batch, this.#condition]) };
    return { project: totalMacs(this.#project, [batch, this.#width]), ...scale };
  }

  override computeOutputShape(inputShape: Shape[]): Shape {
    return inputShape[1];
  }
}

/** [B, E] -> [B, width]: the columns in turn, as often as needed. */
function repeated(x: tf.Tensor2D, width: number): tf.Tensor2D {
  const times = Math.ceil(width / x.shape[1]);
  return tf.slice(times > 1 ? tf.tile(x, [1, times]) : x, [0, 0], [-1, width]);
}
