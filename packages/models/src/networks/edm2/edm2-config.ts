import { rules } from '@diptych/formats/errors';
import { blockRules, needed } from '../../base/option-rules.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { type BlockRules, type Defaults, withDefaults } from '../../base/check-options.ts';
import { clipRule } from './edm2-block.ts';
import {
  unetChannels,
  unetGuideAfter,
  unetSteps,
  type UNetLayout,
  type UNetSelfConditioning,
} from '../unet/unet-config.ts';

/** Shares of the second in the magnitude-preserving sums of an EDM2 UNet. */
export interface Edm2Balances {
  /** Of the label in the condition. Default 0.5. */
  label?: number;
  /** Of the skip in what a block of the way up sees. Default 0.5. */
  concat?: number;
  /** Of the residual branch. Default 0.3. */
  residual?: number;
  /** Of the attention. Default 0.3. */
  attention?: number;
}

/** Configuration of an EDM2 UNet: plain data. */
export interface Edm2UNetOptions extends BlockOptions {
  /** Height, width and channels of the images; height and width are divisible by 2^(levels - 1). */
  image: readonly [number, number, number];
  /** Channels of the first level per unit of `multipliers`. */
  width: number;
  /** Channels of each level over `width`, from the full size down. Default [1, 2, 3, 4]. */
  multipliers?: readonly number[];
  /** Residual blocks of a level on the way down; there is one more on the way up. Default 3. */
  blocks?: number;
  /** Sizes (of the shorter side) at which blocks attend. Default [16, 8]. */
  attention?: readonly number[];
  /** Channels of a head: c channels have floor(c / headChannels) of them, and do not attend if that is none. Default 64. */
  headChannels?: number;
  /** Width of the features of the noise label. Default the channels of the first level. */
  frequencies?: number;
  /** Width of the condition. Default the channels of the widest level. */
  condition?: number;
  /** Number of classes; absent for an unconditional network. Label number `classes`, or none, adds nothing. */
  classes?: number;
  /** Probability that training drops a label. Default 0. */
  labelDropout?: number;
  /** Taps of the filter that halves and doubles images. Default [1, 1]. */
  filter?: readonly number[];
  balances?: Edm2Balances;
  /** Probability of dropout in residual blocks. Default 0. */
  dropout?: number;
  /** Largest magnitude of what a block gives, or none. Default 256. */
  clip?: number | 'none';
  /** Fourier features of the head that estimates the logarithm of the loss, the tap `logvar`. Default no head. */
  logvarChannels?: number;
  selfConditioning?: UNetSelfConditioning;
}

/** The options of an EDM2 UNet with their defaults. */
export const edm2Defaults = {
  image: undefined,
  width: undefined,
  multipliers: [1, 2, 3, 4],
  blocks: 3,
  attention: [16, 8],
  headChannels: 64,
  frequencies: undefined,
  condition: undefined,
  classes: undefined,
  labelDropout: 0,
  filter: [1, 1],
  balances: undefined,
  dropout: 0,
  clip: 256,
  logvarChannels: undefined,
  selfConditioning: undefined,
} as const satisfies Defaults<Edm2UNetOptions>;

/** Their rules. */
export const edm2Rules = {
  width: needed(rules.count),
  image: needed(blockRules.image),
  multipliers: rules.list(rules.positive),
  blocks: rules.count,
  attention: rules.list(rules.positive),
  headChannels: rules.count,
  frequencies: rules.count,
  condition: rules.count,
  classes: rules.count,
  labelDropout: rules.share,
  filter: blockRules.filter,
  balances: rules.object,
  dropout: blockRules.rate,
  clip: clipRule,
  logvarChannels: rules.count,
  selfConditioning: rules.object,
} satisfies BlockRules<Edm2UNetOptions>;

/** The rules of the shares. */
export const edm2BalanceRules = {
  label: rules.share,
  concat: rules.share,
  residual: rules.share,
  attention: rules.share,
};

/** The shares with their defaults. */
export const edm2BalanceDefaults = {
  label: 0.5,
  concat: 0.5,
  residual: 0.3,
  attention: 0.3,
} as const satisfies Defaults<Edm2Balances>;

/** The steps of an EDM2 UNet and the widths of its embeddings. */
export function edm2Layout(options: Edm2UNetOptions): UNetLayout & { frequencies: number } {
  const where = 'Edm2UNet';
  const frame = withDefaults<Edm2UNetOptions, typeof edm2Defaults>(options, edm2Defaults);
  const channels = unetChannels(where, frame);
  const { condition = Math.max(...channels), frequencies = channels[0] } = options;
  const resampling = { down: 'residual', up: 'residual' } as const;
  const layout = { ...unetSteps(where, { ...frame, ...resampling, stem: channels[0], condition }), frequencies };
  const { selfConditioning } = options;
  return selfConditioning ? { ...layout, guideAfter: unetGuideAfter(where, selfConditioning, layout) } : layout;
}

/**
 * The sizes of EDM2 for ImageNet, without image and classes: `new Edm2UNet({ ...edm2Presets['img512-xs'], image: [64, 64, 4], classes: 1000 })`.
 * `img512` was trained on latents 64x64x4 of 512x512 pixels, `img64` on pixels. Noise levels of their training: `edm({ pMean: -0.4, pStd: 1 })` and
 * `edm({ pMean: -0.8, pStd: 1.6 })`.
 *
 * @see Karras et al. 2024, arXiv:2312.02696, table 6; github.com/NVlabs/edm2, train_edm2.py
 */
export const edm2Presets = {
  'img512-xxs': { width: 64, logvarChannels: 128 },
  'img512-xs': { width: 128, logvarChannels: 128 },
  'img512-s': { width: 192, logvarChannels: 128 },
  'img512-m': { width: 256, logvarChannels: 128, dropout: 0.1 },
  'img512-l': { width: 320, logvarChannels: 128, dropout: 0.1 },
  'img512-xl': { width: 384, logvarChannels: 128, dropout: 0.1 },
  'img512-xxl': { width: 448, logvarChannels: 128, dropout: 0.1 },
  'img64-xs': { width: 128, logvarChannels: 128 },
  'img64-s': { width: 192, logvarChannels: 128 },
  'img64-m': { width: 256, logvarChannels: 128, dropout: 0.1 },
  'img64-l': { width: 320, logvarChannels: 128, dropout: 0.1 },
  'img64-xl': { width: 384, logvarChannels: 128, dropout: 0.1 },
} as const satisfies Readonly<Record<string, Partial<Edm2UNetOptions>>>;
