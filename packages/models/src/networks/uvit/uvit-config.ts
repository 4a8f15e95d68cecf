import { augmentationParameters } from '@diptych/core';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import { blockRules, needed } from '../../base/option-rules.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { type BlockRules, type Defaults, withDefaults } from '../../base/check-options.ts';
import {
  guidanceDefaults,
  guidanceRules,
  poolRule,
  type SelfConditioningChoices,
} from '../../conditions/self-conditioning.ts';
import { checkContextShape, type ContextInput } from '../../conditions/context.ts';
import { conditionRules, type ConditionOptions } from '../../conditions/condition-embeddings.ts';

/** Self-conditioning of a UViT. */
export interface UViTSelfConditioning extends SelfConditioningChoices {
  /** The block whose output guides the later ones: `in.0` ..., `mid`, `out.0` .... Default mid. */
  after?: string;
  /** Where the guidance goes: added to the time token, or a token of its own. Default timeToken. */
  target?: 'timeToken' | 'extraToken';
}

/** Configuration of a UViT: plain data. */
export interface UViTOptions extends ConditionOptions, BlockOptions {
  /** Height, width and channels of the images. */
  image: readonly [number, number, number];
  /** Side of a patch; divides height and width. */
  patch: number;
  /** Width of the tokens, divisible by `heads`. */
  width: number;
  /** Number of blocks beside the middle one, even: half before it, half after. */
  depth: number;
  heads: number;
  /** Default 4. */
  mlpRatio?: number;
  /** Default false. */
  qkvBias?: boolean;
  /** A learned class token, which then is the readout. Default false. */
  classToken?: boolean;
  /** Skips from the first blocks to the last. Default true. */
  longSkips?: boolean;
  /** A 3x3 convolution at the end. Default true. */
  finalConv?: boolean;
  /** Two linear layers on the time token instead of the bare sinusoid. Default false. */
  timeMlp?: boolean;
  selfConditioning?: UViTSelfConditioning;
  /** Standard deviations at the start. The official ones suit long trainings; short ones of narrow networks want more. */
  initialStd?: UViTInitialStd;
}

/** Standard deviations of the weights of a new UViT. */
export interface UViTInitialStd {
  /** Of every linear layer. Default 0.02. */
  linear?: number;
  /** Of the learned positions. Default 0.02. */
  positions?: number;
  /** Of the label table. Default 1. */
  labels?: number;
}

/** What a UViT is given: with context tokens if it is configured for them. */
export type UViTInput = ContextInput;

/** The options of a UViT with their defaults: another one touches this file, and `uvit.ts` where it acts. */
export const uvitDefaults = {
  image: undefined,
  patch: undefined,
  width: undefined,
  depth: undefined,
  heads: undefined,
  mlpRatio: 4,
  qkvBias: false,
  classes: undefined,
  nullClass: undefined, // of LabelEmbedding
  labelDropout: undefined,
  augmentation: false,
  context: undefined,
  classToken: false,
  longSkips: true,
  finalConv: true,
  timeMlp: false,
  selfConditioning: undefined,
  initialStd: {},
} as const satisfies Defaults<UViTOptions>;

/** The options of a UViT with their rules. */
export const uvitRules = {
  width: needed(rules.count),
  heads: needed(rules.count),
  patch: needed(rules.count),
  depth: needed({
    words: 'an even integer >= 0',
    holds: (value) => rules.index.holds(value) && Number(value) % 2 === 0,
  }),
  image: needed(blockRules.image),
  mlpRatio: rules.positive,
  qkvBias: rules.flag,
  ...conditionRules,
  classToken: rules.flag,
  longSkips: rules.flag,
  finalConv: rules.flag,
  timeMlp: rules.flag,
  selfConditioning: rules.object,
  initialStd: rules.object,
} satisfies BlockRules<UViTOptions>;

/** The standard deviations of a new UViT. */
export const uvitStdDefaults = { linear: 0.02, positions: 0.02, labels: 1 } satisfies Defaults<UViTInitialStd>;

/** Self-conditioning of a UViT; the pool is `cls` where there is a class token. */
export const uvitGuidanceDefaults = {
  ...guidanceDefaults,
  after: 'mid',
  target: 'timeToken',
  pool: undefined,
} as const satisfies Defaults<UViTSelfConditioning>;

const stdRules = { linear: rules.nonNegative, positions: rules.nonNegative, labels: rules.nonNegative };
const uvitGuidanceRules = {
  ...guidanceRules,
  after: rules.text,
  target: rules.oneOf('timeToken', 'extraToken'),
  pool: poolRule,
};

/** What follows from the configuration of a UViT. */
export interface UViTLayout {
  /** Names of the transformer blocks in the order of the computation. */
  names: string[];
  /** The block after which self-conditioning guides. */
  guideAfter?: string;
  /** Where the tokens stand: one position for each kind, the first of the patches, and how many there are. */
  time: number;
  patches: number;
  count: number;
}

/** Checks what no part of a UViT checks by itself, and lays out [cls?, augmentation?, label?, time, context?, patches]. */
export function uvitLayout(options: UViTOptions): UViTLayout {
  const { image, patch, width, heads, depth, classes, augmentation, context, classToken, selfConditioning } = options;
  check(width % heads === 0, 'UViT', 'width', `divisible by the ${heads} heads`, width);
  if (context) checkContextShape('UViT', context);
  checkOptions<UViTInitialStd>('UViT', options.initialStd ?? {}, stdRules, 'initialStd');
  const half = Array.from({ length: depth / 2 }, (_, i) => i);
  const names = [...half.map((i) => `in.${i}`), 'mid', ...half.map((i) => `out.${i}`)];
  const time = [classToken, augmentation, classes != null].filter(Boolean).length;
  const count = (image[0] / patch) * (image[1] / patch);
  const layout = { names, time, patches: time + 1 + (context?.length ?? 0), count };
  return selfConditioning ? { ...layout, guideAfter: guideAfter(names, selfConditioning, classToken) } : layout;
}

function guideAfter(names: string[], choices: UViTSelfConditioning, classToken = false): string {
  checkOptions<UViTSelfConditioning>('UViT', choices, uvitGuidanceRules, 'selfConditioning');
  const { after, pool } = withDefaults(choices, uvitGuidanceDefaults);
  check(names.includes(after), 'UViT', 'selfConditioning.after', `one of ${names.join(', ')}`, after);
  check(pool !== 'cls' || classToken, 'UViT', 'selfConditioning.pool', '"mean" without a class token', pool);
  return after;
}

/** What each part of a UViT that multiplies is given for one image. */
export function uvitShapes(
  { image, width, context, selfConditioning }: UViTOptions,
  { names, guideAfter, patches, count }: UViTLayout,
): Record<string, number[][]> {
  const after = guideAfter === undefined ? names.length : names.indexOf(guideAfter);
  const extra = (i: number) => (selfConditioning?.target === 'extraToken' && i > after ? 1 : 0);
  const tokens = (i: number) => [[1, patches + count + extra(i), width]];
  return {
    patchEmbedding: [[1, ...image]],
    timeEmbedding: [[1]],
    augmentationEmbedding: [[1, augmentationParameters]],
    ...(context && { contextEmbedding: [[1, context.length, context.width]] }),
    ...Object.fromEntries(names.map((name, i) => [name, tokens(i)])),
    selfConditioning: tokens(after),
    decoder: tokens(names.length),
    finalConv: [[1, ...image]],
  };
}
