import type { DiTOptions } from './dit-config.ts';

const sizes = {
  S: { width: 384, depth: 12, heads: 6 },
  B: { width: 768, depth: 12, heads: 12 },
  L: { width: 1024, depth: 24, heads: 16 },
  XL: { width: 1152, depth: 28, heads: 16 },
  '1p0B': { width: 1536, depth: 24, heads: 24 },
  '1p6B': { width: 1792, depth: 28, heads: 28 },
} as const;

const lightning = { norm: 'rms', mlp: 'swiGlu', rotary: true } as const;
const repa = { projectors: { after: 'block.7', hidden: 2048, outputs: [768] } } as const;

/**
 * The sizes of DiT, without image and classes: `new DiT({ ...ditPresets['S/2'], image: [32, 32, 4], classes: 1000 })`. The number
 * after the slash is the patch; the variance is learned, as in the published models.
 *
 * @see github.com/facebookresearch/DiT, models.py
 */
export const ditPresets = {
  'S/2': { ...sizes.S, patch: 2, variance: 'predicted' },
  'S/4': { ...sizes.S, patch: 4, variance: 'predicted' },
  'S/8': { ...sizes.S, patch: 8, variance: 'predicted' },
  'B/2': { ...sizes.B, patch: 2, variance: 'predicted' },
  'B/4': { ...sizes.B, patch: 4, variance: 'predicted' },
  'B/8': { ...sizes.B, patch: 8, variance: 'predicted' },
  'L/2': { ...sizes.L, patch: 2, variance: 'predicted' },
  'L/4': { ...sizes.L, patch: 4, variance: 'predicted' },
  'L/8': { ...sizes.L, patch: 8, variance: 'predicted' },
  'XL/2': { ...sizes.XL, patch: 2, variance: 'predicted' },
  'XL/4': { ...sizes.XL, patch: 4, variance: 'predicted' },
  'XL/8': { ...sizes.XL, patch: 8, variance: 'predicted' },
} as const satisfies Readonly<Record<string, Partial<DiTOptions>>>;

/**
 * The sizes of LightningDiT: DiT with RMS norm, SwiGLU and rotary positions, for latents of 16x16.
 *
 * @see github.com/hustvl/LightningDiT, models/lightningdit.py
 */
export const lightningDiTPresets = {
  'B/1': { ...sizes.B, patch: 1, ...lightning },
  'B/2': { ...sizes.B, patch: 2, ...lightning },
  'L/2': { ...sizes.L, patch: 2, ...lightning },
  'XL/1': { ...sizes.XL, patch: 1, ...lightning },
  'XL/2': { ...sizes.XL, patch: 2, ...lightning },
  '1p0B/1': { ...sizes['1p0B'], patch: 1, ...lightning },
  '1p6B/1': { ...sizes['1p6B'], patch: 1, ...lightning },
} as const satisfies Readonly<Record<string, Partial<DiTOptions>>>;

/**
 * The sizes of SiT as REPA trains it: DiT with one projector to the features of another model, of width 768 after the eighth block.
 *
 * @see github.com/sihyun-yu/REPA, models/sit.py
 */
export const sitPresets = {
  'B/2': { ...sizes.B, patch: 2, ...repa },
  'L/2': { ...sizes.L, patch: 2, ...repa },
  'XL/2': { ...sizes.XL, patch: 2, ...repa },
} as const satisfies Readonly<Record<string, Partial<DiTOptions>>>;
