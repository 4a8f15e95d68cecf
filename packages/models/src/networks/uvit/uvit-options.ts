import type { BlockOptions } from '../../base/block-options.ts';
import type { KnownOptions } from '../../base/check-options.ts';
import type { SelfConditioningChoices } from '../../conditions/self-conditioning.ts';
import type { ContextInput, ContextShape } from '../../conditions/context-input.ts';

/** Self-conditioning of a UViT. */
export interface UViTSelfConditioning extends SelfConditioningChoices {
  /** The block whose output guides the later ones: `in.0` ..., `mid`, `out.0` .... Default mid. */
  after?: string;
  /** Where the guidance goes: added to the time token, or a token of its own. Default timeToken. */
  target?: 'timeToken' | 'extraToken';
}

/** Configuration of a UViT: plain data. */
export interface UViTOptions extends BlockOptions {
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
  /** Number of classes; absent for an unconditional network. */
  classes?: number;
  /** Whether the label table has a row for "no label". Default true. */
  nullClass?: boolean;
  /** Probability that training drops a label. Default 0.1, or 0 without null class. */
  labelDropout?: number;
  /** A token made of the 9 parameters of the non-leaky augmentation. Default false. */
  augmentation?: boolean;
  /** Tokens of another model, such as a text encoder: how many, and how wide. */
  context?: ContextShape;
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

/** The options of a UViT by name. */
export const uvitOptionNames: KnownOptions<UViTOptions> = {
  ...({ image: true, patch: true, width: true, depth: true, heads: true, mlpRatio: true, qkvBias: true } as const),
  ...({ classes: true, nullClass: true, labelDropout: true, augmentation: true, context: true } as const),
  ...({ classToken: true, longSkips: true, finalConv: true, timeMlp: true, initialStd: true } as const),
  selfConditioning: true,
};
