import { augmentationParameters } from '@diptych/core';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import { blockRules, needed } from '../../base/option-rules.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { type BlockRules, type Defaults, withDefaults } from '../../base/check-options.ts';
import { qkNormRule, type AttentionOptions } from '../../blocks/attention/attention.ts';
import { guidanceRules, type SelfConditioningChoices } from '../../conditions/self-conditioning.ts';
import { checkContextShape } from '../../conditions/context.ts';
import { conditionRules, type ConditionOptions } from '../../conditions/condition-embeddings.ts';
import { ditStyleDefaults, ditStyleRules, type DiTStyle } from './dit-block.ts';

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
export interface DiTOptions extends DiTStyle, Pick<AttentionOptions, 'qkNorm'>, ConditionOptions, BlockOptions {
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
  flavor?: 'original' | 'diffusers';
  /** Channels that come out, if others than those of the image; instead of `variance`. */
  outputs?: number;
  selfConditioning?: DiTSelfConditioning;
  projectors?: DiTProjectors;
}

/** The options of a DiT with their defaults: another one touches this file, and `dit.ts` where it acts. */
export const ditDefaults = {
  ...ditStyleDefaults,
  image: undefined,
  patch: undefined,
  width: undefined,
  depth: undefined,
  heads: undefined,
  mlpRatio: 4,
  qkNorm: 'none',
  classes: undefined,
  nullClass: undefined, // of LabelEmbedding
  labelDropout: undefined,
  augmentation: false,
  context: undefined,
  rotary: false,
  trainedGrid: undefined, // this grid
  variance: 'none',
  flavor: 'original',
  outputs: undefined, // the channels of the image, twice with a variance
  selfConditioning: undefined,
  projectors: undefined,
} as const satisfies Defaults<DiTOptions>;

/** The options of a DiT with their rules. */
export const ditRules = {
  width: needed(rules.count),
  depth: needed(rules.count),
  heads: needed(rules.count),
  patch: needed(rules.count),
  image: needed(blockRules.image),
  ...ditStyleRules,
  mlpRatio: rules.positive,
  qkNorm: qkNormRule,
  ...conditionRules,
  rotary: rules.flag,
  trainedGrid: {
    words: '[rows, columns], positive integers',
    holds: (value) => blockRules.counts.holds(value) && (value as number[]).length === 2,
  },
  variance: rules.oneOf('none', 'predicted', 'dropped'),
  flavor: rules.oneOf('original', 'diffusers'),
  outputs: rules.count,
  selfConditioning: rules.object,
  projectors: rules.object,
} satisfies BlockRules<DiTOptions>;

const projectorRules = {
  after: needed(rules.text),
  hidden: needed(rules.count),
  outputs: needed(blockRules.counts),
};

/** What follows from the configuration of a DiT. */
export interface DiTLayout {
  /** Names of the transformer blocks in the order of the computation. */
  names: string[];
  /** The block after which self-conditioning begins. */
  guideAfter?: string;
  /** Rows and columns of the tokens. */
  grid: [number, number];
  /** Channels that the last layer computes. */
  outputs: number;
}

/** Checks what no part of a DiT checks by itself. */
export function ditLayout(options: DiTOptions): DiTLayout {
  const { image, patch, width, depth, heads, variance } = withDefaults(options, ditDefaults);
  const { selfConditioning, projectors, context, outputs = image[2] * (variance === 'none' ? 1 : 2) } = options;
  check(width % 4 === 0, 'DiT', 'width', 'a multiple of 4', width);
  check(width % heads === 0, 'DiT', 'width', `divisible by the ${heads} heads`, width);
  const alone = options.outputs == null || variance === 'none';
  check(alone, 'DiT', 'outputs', 'absent with a variance, which doubles the channels', options.outputs);
  const names = Array.from({ length: depth }, (_, i) => `block.${i}`);
  if (context) checkContextShape('DiT', context);
  if (projectors) {
    checkOptions<DiTProjectors>('DiT', projectors, projectorRules, 'projectors');
    oneOf('projectors.after', names, projectors.after);
  }
  const grid: [number, number] = [image[0] / patch, image[1] / patch];
  if (!selfConditioning) return { names, grid, outputs };
  const known = { ...guidanceRules, after: rules.text };
  checkOptions<DiTSelfConditioning>('DiT', selfConditioning, known, 'selfConditioning');
  const guideAfter = selfConditioning.after ?? `block.${Math.max(0, Math.floor(depth / 2) - 1)}`;
  oneOf('selfConditioning.after', names, guideAfter);
  return { names, grid, outputs, guideAfter };
}

function oneOf(parameter: string, known: readonly string[], value: string): void {
  check(known.includes(value), 'DiT', parameter, `one of ${known.join(', ')}`, value);
}

/** What each part of a DiT that multiplies is given for one image. */
export function ditShapes(
  { image, width, context, projectors }: DiTOptions,
  { names, grid }: DiTLayout,
): Record<string, number[][]> {
  const x = [1, grid[0] * grid[1], width];
  const condition = [1, width];
  const block = [x, condition, ...(context ? [[1, context.length, width]] : [])];
  return {
    patchEmbedding: [[1, ...image]],
    timeEmbedding: [[1]],
    augmentationEmbedding: [[1, augmentationParameters]],
    ...(context && { contextEmbedding: [[1, context.length, context.width]] }),
    ...Object.fromEntries(names.flatMap((name, i) => [[`condition.${i}`, [[1]]] as const, [name, block] as const])),
    selfConditioning: [x],
    ...Object.fromEntries((projectors?.outputs ?? []).map((_, i) => [`projectors.${i}`, [x]])),
    final: [x, condition],
  };
}
