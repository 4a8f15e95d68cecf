import { augmentationParameters } from '../../conditions/augmentation.ts';
import type { UViTLayout } from './uvit-layout.ts';
import type { UViTOptions } from './uvit-options.ts';

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
