import { check } from '@diptych/formats/errors';
import { checkOptions } from '../../base/check-options.ts';
import { checkSizes } from '../../base/check-sizes.ts';
import type { DiTOptions, DiTProjectors, DiTSelfConditioning } from './dit-options.ts';
import type { ContextShape } from '../../conditions/context-input.ts';

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
  const { image, patch, width, depth, heads, variance = 'none', flavour = 'original' } = options;
  const { selfConditioning, projectors, context, outputs = image?.[2] * (variance === 'none' ? 1 : 2) } = options;
  checkSizes('DiT', { width, depth, heads, patch });
  check(width % 4 === 0, 'DiT', 'width', 'a multiple of 4', width);
  check(width % heads === 0, 'DiT', 'width', `divisible by the ${heads} heads`, width);
  oneOf('flavour', ['original', 'diffusers'], flavour);
  oneOf('variance', ['none', 'predicted', 'dropped'], variance);
  const alone = options.outputs == null || variance === 'none';
  check(alone, 'DiT', 'outputs', 'absent with a variance, which doubles the channels', options.outputs);
  if (options.outputs != null) checkSizes('DiT', { outputs });
  const names = Array.from({ length: depth }, (_, i) => `block.${i}`);
  if (context) checkOptions<ContextShape>('DiT', context, { length: true, width: true }, 'options.context');
  if (projectors) {
    const known = { after: true, hidden: true, outputs: true } as const;
    checkOptions<DiTProjectors>('DiT', projectors, known, 'options.projectors');
    oneOf('projectors.after', names, projectors.after);
  }
  const grid: [number, number] = [image?.[0] / patch, image?.[1] / patch];
  if (!selfConditioning) return { names, grid, outputs };
  const choices = {
    after: true,
    depth: true,
    scale: true,
    zeroInit: true,
    stopGradient: true,
    rerouted: true,
  } as const;
  checkOptions<DiTSelfConditioning>('DiT', selfConditioning, choices, 'options.selfConditioning');
  const guideAfter = selfConditioning.after ?? `block.${Math.max(0, Math.floor(depth / 2) - 1)}`;
  oneOf('selfConditioning.after', names, guideAfter);
  return { names, grid, outputs, guideAfter };
}

function oneOf(parameter: string, known: readonly string[], value: string): void {
  check(known.includes(value), 'DiT', parameter, `one of ${known.join(', ')}`, value);
}
