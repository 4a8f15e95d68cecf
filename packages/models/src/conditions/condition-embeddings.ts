import { augmentationParameters, type NetworkInput } from '@diptych/core';
import { check, rules, type OptionRules } from '@diptych/formats/errors';
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

/** The conditions with their rules. */
export const conditionRules = {
  classes: rules.count,
  nullClass: rules.flag,
  labelDropout: rules.share,
  augmentation: rules.flag,
  context: rules.object,
} satisfies OptionRules<ConditionOptions>;

/** One embedding for each condition that a network is configured for. */
export interface ConditionEmbeddings {
  labelEmbedding?: LabelEmbedding;
  augmentationEmbedding?: Linear;
  contextEmbedding?: Linear;
}

/** The inputs of a network without context in the order in which `call` takes them. */
export function plainInputs({
  classes,
  augmentation,
}: {
  classes?: number;
  augmentation?: boolean | number;
}): (keyof NetworkInput & string)[] {
  return [
    'x',
    'noise',
    ...(classes == null ? [] : ['label' as const]),
    ...(augmentation ? ['augmentation' as const] : []),
  ];
}

/** The inputs of one that may have a context. */
export function conditionInputs(options: ConditionOptions): (keyof ContextInput & string)[] {
  return [...plainInputs(options), ...(options.context ? ['context' as const] : [])];
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

/** Refuses images of another size than a network of patches is made for: it has a position for each. */
export function checkImageSize(
  where: string,
  { x }: NetworkInput,
  { image }: { image: readonly [number, number, number] },
): void {
  const fits = image.every((n, i) => x.shape[i + 1] === n);
  check(fits, where, 'x', `images [B, ${image.join(', ')}], the size that the network was made for`, x);
}

/** Refuses augmentation parameters that are not one row for each image. */
export function checkAugmentation(
  where: string,
  { x, augmentation }: NetworkInput,
  count = augmentationParameters,
): void {
  const [batch] = x.shape;
  const fits =
    !augmentation || (augmentation.rank === 2 && augmentation.shape[0] === batch && augmentation.shape[1] === count);
  check(fits, where, 'augmentation', `of shape [${batch}, ${count}]`, augmentation);
}
