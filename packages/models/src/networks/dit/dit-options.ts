import type { BlockOptions } from '../../base/block-options.ts';
import type { KnownOptions } from '../../base/check-options.ts';
import type { AttentionOptions } from '../../blocks/attention/attention.ts';
import type { SelfConditioningChoices } from '../../conditions/self-conditioning.ts';
import type { ContextShape } from '../../conditions/context-input.ts';
import type { DiTStyle } from './dit-block.ts';

/** Self-conditioning of a DiT: the guidance is added to the condition of all later blocks. */
export interface DiTSelfConditioning extends Omit<SelfConditioningChoices, 'pool'> {
  /** The block whose output guides the later ones, `block.0` .... Default the one that ends the first half. */
  after?: string;
}

/** Heads that compare the tokens of one block with those of another model: three linear layers with SiLU between. */
export interface DiTProjectors {
  /** The block whose tokens are projected, `block.7`. */
  after: string;
  /** Width inside. */
  hidden: number;
  /** Width of each projector's result. */
  outputs: readonly number[];
}

/** Configuration of a DiT: plain data. */
export interface DiTOptions extends DiTStyle, Pick<AttentionOptions, 'qkNorm'>, BlockOptions {
  /** Height, width and channels of the images or latents. */
  image: readonly [number, number, number];
  /** Side of a patch; divides height and width. */
  patch: number;
  /** Width of the tokens, divisible by `heads` and by 4. */
  width: number;
  /** Number of blocks. */
  depth: number;
  heads: number;
  /** Default 4. */
  mlpRatio?: number;
  /** Number of classes; absent for an unconditional network. */
  classes?: number;
  /** Whether the label table has a row for "no label". Default true. */
  nullClass?: boolean;
  /** Probability that training drops a label. Default 0.1, or 0 without null class. */
  labelDropout?: number;
  /** Whether the 9 parameters of the non-leaky augmentation enter the condition. Default false. */
  augmentation?: boolean;
  /** Rotary positions on queries and keys beside the fixed position table. Default false. */
  rotary?: boolean;
  /** Rows and columns of the token grid that rotary positions were trained on, when that is another. Default this grid. */
  trainedGrid?: readonly [number, number];
  /**
   * Whether as many channels again come out, the learned variance: `none`, `predicted`, or `dropped`, which computes them
   * (so that checkpoints fit) and returns the others. Default none.
   */
  variance?: 'none' | 'predicted' | 'dropped';
  /**
   * `diffusers` for checkpoints of that library, whose DiT differs: another lowest frequency of the time embedding, `mlpEpsilon` 1e-5 by
   * default, and time and label embeddings of its own for each block. Default original.
   */
  flavour?: 'original' | 'diffusers';
  /** Channels that come out, if others than those of the image; instead of `variance`. */
  outputs?: number;
  selfConditioning?: DiTSelfConditioning;
  projectors?: DiTProjectors;
  /** Tokens of another model, such as a text encoder, that every block attends to: how many, and how wide. Default none. */
  context?: ContextShape;
}

/** The options of a DiT by name. */
export const ditOptionNames: KnownOptions<DiTOptions> = {
  ...({ image: true, patch: true, width: true, depth: true, heads: true, mlpRatio: true } as const),
  ...({ classes: true, nullClass: true, labelDropout: true, augmentation: true, context: true } as const),
  ...({ norm: true, mlp: true, shift: true, qkNorm: true, rotary: true, trainedGrid: true } as const),
  ...({ qkvBias: true, mlpEpsilon: true, mlpAffine: true, outputs: true } as const),
  ...({ variance: true, flavour: true, selfConditioning: true, projectors: true } as const),
};
