import { checkCount, rules, type OptionRules } from '@diptych/formats/errors';
import type { Key, NamedVariables } from '@diptych/core';
import { checkKey } from '@diptych/core/random';
import type { Tensor2D } from '@tensorflow/tfjs-core';

export interface HeadOptions {
  /** Batch norm uses the batch and moves its running statistics. */
  training: boolean;
  /** 0-based step of the training; some heads hold parts still at its beginning. Default 0. */
  step?: number;
}

export const headOptionRules: OptionRules<HeadOptions> = { training: rules.required(rules.flag), step: rules.index };

/** Checks the width of a head's input and the key of its weights. */
export function checkHead(where: string, inputs: number, key: Key): void {
  checkCount(where, { inputs });
  checkKey(where, key);
}

/** A small network on pooled features: projector, predictor or prototypes. */
export interface Head {
  /** Width of the input. */
  readonly inputs: number;
  /** Width of the output. */
  readonly outputs: number;
  /** [B, inputs] -> [B, outputs]. */
  apply(x: Tensor2D, options: HeadOptions): Tensor2D;
  /** Everything a checkpoint must hold, running statistics included, under stable dotted names. */
  variables(): NamedVariables;
  /** What the optimizer changes. */
  trainableVariables(): NamedVariables;
  /** Frees its variables. */
  dispose(): void;
}

/** Builds a head on features of a width, with initial weights that are a pure function of the key. */
export type HeadFactory = (inputs: number, key: Key) => Head;
