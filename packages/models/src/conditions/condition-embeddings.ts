import { augmentationParameters, type NetworkInput } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { Initializer } from '../base/initialization.ts';
import { LabelEmbedding } from '../blocks/embedding/label-embedding.ts';
import { Linear } from '../blocks/mlp/linear.ts';
import type { ContextInput, ContextShape } from './context.ts';

/** The conditions beside the noise level that a network may be configured for. */
export interface ConditionOptions {
  /** Number of classes; absent for an unconditional network. */
  classes?: number;
  /** Whether the label table has a row for "no label". Default true. */
  nullClass?: boolean;
  /** Probability that training drops a label. Default 0.1, or 0 without null class. */
  labelDropout?: number;
  /** Whether the 9 parameters of the non-leaky augmentation are a condition. Default false. */
  augmentation?: boolean;
  /** Tokens of another model, such as a text encoder: how many, and how wide. Default none. */
  context?: ContextShape;
}

/** One embedding for each condition that a network is configured for. */
export interface ConditionEmbeddings {
  labelEmbedding?: LabelEmbedding;
  augmentationEmbedding?: Linear;
  contextEmbedding?: Linear;
}

/** The inputs of such a network in the order in which `call` takes them. */
export function conditionInputs({ classes, augmentation, context }: ConditionOptions): (keyof ContextInput & string)[] {
  return [
    'x',
    'noise',
    ...(classes == null ? [] : ['label' as const]),
    ...(augmentation ? ['augmentation' as const] : []),
    ...(context ? ['context' as const] : []),
  ];
}

/** Makes the embeddings; the names of the result are those of the parts. */
export function conditionEmbeddings(
  { classes, nullClass, labelDropout: dropout, augmentation, context }: ConditionOptions,
  { width, tableInit, kernelInit }: { width: number; tableInit: Initializer; kernelInit: Initializer },
): ConditionEmbeddings {
  const linear = { outputs: width, kernelInit };
  return {
    ...(classes != null && { labelEmbedding: new LabelEmbedding({ classes, width, nullClass, dropout, tableInit }) }),
    ...(augmentation && {
      augmentationEmbedding: new Linear({ ...linear, inputs: augmentationParameters, bias: false }),
    }),
    ...(context && { contextEmbedding: new Linear({ ...linear, inputs: context.width }) }),
  };
}

/** Refuses augmentation parameters that are not one row for each image. */
export function checkAugmentation(where: string, { x, augmentation }: NetworkInput): void {
  const [batch] = x.shape;
  const fits = !augmentation || (augmentation.rank === 2 && augmentation.shape[0] === batch);
  check(fits, where, 'augmentation', `of shape [${batch}, ${augmentationParameters}]`, augmentation);
}
