import type { UViTOptions } from './uvit-config.ts';

/**
 * The sizes of U-ViT, without image and classes: `new UViT({ ...uvitPresets['S/2'], image: [32, 32, 3] })`.
 * The number after the slash is the patch. `H` has no final convolution; `S-deep` is the text variant's deeper S.
 *
 * @see github.com/baofff/U-ViT, configs
 */
export const uvitPresets = {
  'S/2': { patch: 2, width: 512, depth: 12, heads: 8 },
  'S/4': { patch: 4, width: 512, depth: 12, heads: 8 },
  'S-deep/2': { patch: 2, width: 512, depth: 16, heads: 8 },
  'M/2': { patch: 2, width: 768, depth: 16, heads: 12 },
  'M/4': { patch: 4, width: 768, depth: 16, heads: 12 },
  'L/2': { patch: 2, width: 1024, depth: 20, heads: 16 },
  'L/4': { patch: 4, width: 1024, depth: 20, heads: 16 },
  'H/2': { patch: 2, width: 1152, depth: 28, heads: 16, finalConv: false },
  'H/4': { patch: 4, width: 1152, depth: 28, heads: 16, finalConv: false },
} as const satisfies Readonly<Record<string, Partial<UViTOptions>>>;
