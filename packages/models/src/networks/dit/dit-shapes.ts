import { augmentationParameters } from '../../conditions/augmentation.ts';
import type { DiTLayout } from './dit-layout.ts';
import type { DiTOptions } from './dit-options.ts';

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
