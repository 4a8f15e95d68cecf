import { check } from '@diptych/formats/errors';
import { checkOptions } from '../../base/check-options.ts';
import { checkSizes } from '../../base/check-sizes.ts';
import type { ContextShape } from '../../conditions/context-input.ts';
import type { UViTInitialStd, UViTOptions, UViTSelfConditioning } from './uvit-options.ts';

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
  checkSizes('UViT', { width, heads, patch });
  check(width % heads === 0, 'UViT', 'width', `divisible by the ${heads} heads`, width);
  check(Number.isInteger(depth) && depth >= 0 && depth % 2 === 0, 'UViT', 'depth', 'an even integer', depth);
  if (context) checkOptions<ContextShape>('UViT', context, { length: true, width: true }, 'options.context');
  const deviations = { linear: true, positions: true, labels: true } as const;
  checkOptions<UViTInitialStd>('UViT', options.initialStd ?? {}, deviations, 'options.initialStd');
  const half = Array.from({ length: depth / 2 }, (_, i) => i);
  const names = [...half.map((i) => `in.${i}`), 'mid', ...half.map((i) => `out.${i}`)];
  const time = [classToken, augmentation, classes != null].filter(Boolean).length;
  const count = (image?.[0] / patch) * (image?.[1] / patch);
  const layout = { names, time, patches: time + 1 + (context?.length ?? 0), count };
  return selfConditioning ? { ...layout, guideAfter: guideAfter(names, selfConditioning, classToken) } : layout;
}

function guideAfter(names: string[], choices: UViTSelfConditioning, classToken = false): string {
  const known = {
    ...({ after: true, target: true, pool: true, depth: true, scale: true } as const),
    ...({ zeroInit: true, stopGradient: true, rerouted: true } as const),
  };
  checkOptions<UViTSelfConditioning>('UViT', choices, known, 'options.selfConditioning');
  const { after = 'mid', target = 'timeToken', pool } = choices;
  check(names.includes(after), 'UViT', 'selfConditioning.after', `one of ${names.join(', ')}`, after);
  const targets = ['timeToken', 'extraToken'];
  check(targets.includes(target), 'UViT', 'selfConditioning.target', `one of ${targets.join(', ')}`, target);
  check(pool !== 'cls' || classToken, 'UViT', 'selfConditioning.pool', '"mean" without a class token', pool);
  return after;
}
