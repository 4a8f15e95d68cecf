import { check, checkOptions, rules } from '@diptych/formats/errors';
import { blockRules, needed } from '../../base/option-rules.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { type BlockRules, type Defaults } from '../../base/check-options.ts';
import { groupsFor } from '../../blocks/norm/group-norm.ts';
import { guidanceRules, type SelfConditioningChoices } from '../../conditions/self-conditioning.ts';
import { residualRules, type UNetActivation } from '../../blocks/image/residual-block.ts';
import { embeddingRule, labelsAtRule } from './unet-embedding.ts';
import { initialsRule, type UNetInitials } from '../../blocks/image/unet-initials.ts';

/** Self-conditioning of a UNet: the guidance is added to the condition of all later blocks. */
export interface UNetSelfConditioning extends Omit<SelfConditioningChoices, 'pool'> {
  /** The block whose output guides the later ones: `in.1` ..., `mid`, `out.1` .... Default the last of the way up at a quarter of the size. */
  after?: string;
}

/** How a UNet goes from one level to the next: by a convolution, or by a residual block that resamples inside. */
export type UNetResampling = 'conv' | 'residual';

/** Configuration of a UNet: plain data. */
export interface UNetOptions extends BlockOptions {
  /** Height, width and channels of the images; height and width are divisible by 2^(levels - 1). */
  image: readonly [number, number, number];
  /** Channels of the first level per unit of `multipliers`, and width of the sinusoid. */
  width: number;
  /** Channels of each level over `width`, from the full size down. */
  multipliers: readonly number[];
  /** Residual blocks of a level on the way down; there is one more on the way up. */
  blocks: number;
  /** Sizes (of the shorter side) at which blocks attend; one that does not occur means nothing. Default none. */
  attention?: readonly number[];
  /** The same for the way up, if others. Default `attention`. */
  decoderAttention?: readonly number[];
  /** On the way up only the last block of a level attends. Default false. */
  lastAttention?: boolean;
  /** Between the two ways: two residual blocks with self-attention between them, without, or nothing. Default attention. */
  middle?: 'attention' | 'plain' | 'none';
  /** Channels of a head: c channels have floor(c / headChannels) of them, and do not attend if that is none. Default one head. */
  headChannels?: number;
  /** Channels that come out. Default those of the image. */
  outputs?: number;
  /** Channels after the first convolution. Default `width`. */
  stem?: number;
  /** Steps down: one for all, or one for each from the full size on. Default conv. */
  down?: UNetResampling | readonly UNetResampling[];
  /** Steps up, listed from the full size on. Default conv. */
  up?: UNetResampling | readonly UNetResampling[];
  /** Zeros around the image of a convolution that halves it: on both sides, or at its end. Default both. */
  downPadding?: 'both' | 'end';
  /** Taps of the filter of resampling residual blocks and of the pyramids. Default [1, 1]. */
  filter?: readonly number[];
  /** A 1x1 convolution in the shortcut of resampling residual blocks. Default false. */
  projectShortcut?: boolean;
  /** What else the way down sees of the image: nothing, its smaller copies (skip), or a chain of convolutions of it (residual). Default standard. */
  encoder?: 'standard' | 'skip' | 'residual';
  /** Where the image comes out: at the end, or as a sum of what every level gives (skip). Default standard. */
  decoder?: 'standard' | 'skip';
  /** How the condition enters a residual block. Default add. */
  conditioning?: 'add' | 'scaleShift';
  /** Factor of each residual sum. Default 1. */
  skipScale?: number;
  /** The same in the middle, if another. */
  middleScale?: number;
  /** Features of the noise label: sines and cosines, random Fourier features, or a table with a row for each of `steps`. Default sinusoid. */
  embedding?: 'sinusoid' | 'fourier' | 'learned';
  /** Rows of the table of a learned embedding. */
  steps?: number;
  /** Width of these features. Default `width`. */
  frequencies?: number;
  /** Let the slowest frequency be 1/10000 exactly. Default true. */
  endpoint?: boolean;
  /** Sines before cosines. Default true. */
  sinFirst?: boolean;
  /** The noise label is sigma: its logarithm is embedded, and the output is divided by it. Default false. */
  noiseIsSigma?: boolean;
  /** Width of the condition. Default 4 width. */
  condition?: number;
  /** Number of classes; absent for an unconditional network. */
  classes?: number;
  /** Where labels enter: added to the features of the noise label, times sqrt(classes), or to the condition. Default condition. */
  labelsAt?: 'frequencies' | 'condition';
  /** Whether there is "no label", which adds nothing. Default true. */
  nullClass?: boolean;
  /** Probability that training drops a label. Default 0.1, or 0 without null class. */
  labelDropout?: number;
  /** Whether the 9 parameters of the non-leaky augmentation, or as many as said, enter the features of the noise label. Default false. */
  augmentation?: boolean | number;
  /** Groups of all norms but the last. Default `groupsFor` of their channels. */
  groups?: number;
  /** Groups of the last norm. Default `groups`. */
  finalGroups?: number;
  /** Groups of the norm of the self-attention in the middle, or none. Default `groups`. */
  middleGroups?: number | 'none';
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
  /** Probability of dropout in residual blocks. Default 0. */
  dropout?: number;
  /** Of the residual blocks. Default silu. */
  activation?: UNetActivation;
  /** Images from 0 to 1 are mapped to -1 to 1 first. Default false. */
  center?: boolean;
  /** How the weights begin. Default uniform. */
  initials?: UNetInitials;
  selfConditioning?: UNetSelfConditioning;
}

/** The options of a UNet with their defaults; undefined where they follow from others. */
export const unetDefaults = {
  image: undefined,
  width: undefined,
  multipliers: undefined,
  blocks: undefined,
  attention: [],
  decoderAttention: undefined,
  lastAttention: false,
  middle: 'attention',
  headChannels: undefined,
  outputs: undefined,
  stem: undefined,
  down: 'conv',
  up: 'conv',
  downPadding: 'both',
  filter: [1, 1],
  projectShortcut: false,
  encoder: 'standard',
  decoder: 'standard',
  conditioning: 'add',
  skipScale: 1,
  middleScale: undefined,
  embedding: 'sinusoid',
  steps: undefined,
  frequencies: undefined,
  endpoint: true,
  sinFirst: true,
  noiseIsSigma: false,
  condition: undefined,
  classes: undefined,
  labelsAt: 'condition',
  nullClass: true,
  labelDropout: undefined,
  augmentation: false,
  groups: undefined,
  finalGroups: undefined,
  middleGroups: undefined,
  epsilon: 1e-5,
  dropout: 0,
  activation: 'silu',
  center: false,
  initials: 'uniform',
  selfConditioning: undefined,
} as const satisfies Defaults<UNetOptions>;

const resampling = rules.oneOf('conv', 'residual');

/** The options of a UNet with their rules. */
export const unetRules = {
  width: needed(rules.count),
  multipliers: needed(rules.list(rules.positive)),
  blocks: needed(rules.count),
  image: needed(blockRules.image),
  attention: rules.list(rules.positive),
  decoderAttention: rules.list(rules.positive),
  lastAttention: rules.flag,
  middle: rules.oneOf('attention', 'plain', 'none'),
  headChannels: rules.count,
  outputs: rules.count,
  stem: rules.count,
  down: rules.either(resampling, rules.list(resampling)),
  up: rules.either(resampling, rules.list(resampling)),
  downPadding: rules.oneOf('both', 'end'),
  filter: blockRules.filter,
  projectShortcut: rules.flag,
  encoder: rules.oneOf('standard', 'skip', 'residual'),
  decoder: rules.oneOf('standard', 'skip'),
  conditioning: residualRules.conditioning,
  skipScale: rules.finite,
  middleScale: rules.finite,
  embedding: embeddingRule,
  steps: rules.count,
  frequencies: rules.count,
  endpoint: rules.flag,
  sinFirst: rules.flag,
  noiseIsSigma: rules.flag,
  condition: rules.count,
  classes: rules.count,
  labelsAt: labelsAtRule,
  nullClass: rules.flag,
  labelDropout: rules.share,
  augmentation: rules.either(rules.flag, rules.index),
  groups: rules.count,
  finalGroups: rules.count,
  middleGroups: rules.either(rules.count, rules.oneOf('none')),
  epsilon: rules.positive,
  dropout: blockRules.rate,
  activation: residualRules.activation,
  center: rules.flag,
  initials: initialsRule,
  selfConditioning: rules.object,
} satisfies BlockRules<UNetOptions>;

/** One step of a UNet between its first and its last convolution. */
export interface UNetStage {
  name: string;
  /** `head`: what a level gives to the image, in a decoder of the kind skip. */
  kind: 'block' | 'down' | 'mid' | 'up' | 'head';
  level: number;
  /** Channels that come in: on the way up those of the skip included. */
  inputs: number;
  outputs: number;
  /** How it halves or doubles. */
  resampling?: UNetResampling;
  /** Heads of its self-attention; 0 for none. */
  heads: number;
}

/** What of a configuration decides the steps of any network of this form. */
export type UNetFrame = Pick<
  UNetOptions,
  | 'image'
  | 'width'
  | 'multipliers'
  | 'blocks'
  | 'attention'
  | 'decoderAttention'
  | 'lastAttention'
  | 'middle'
  | 'headChannels'
  | 'outputs'
  | 'stem'
  | 'down'
  | 'up'
  | 'decoder'
  | 'condition'
>;

/** What follows from the configuration of a UNet. */
export interface UNetLayout {
  encoder: readonly UNetStage[];
  decoder: readonly UNetStage[];
  /** Height and width are divisible by it. */
  factor: number;
  stem: number;
  condition: number;
  /** Channels of the last norm. */
  last: number;
  /** The block after which self-conditioning guides. */
  guideAfter?: string;
}

/** Checks what no part of a UNet checks by itself, and lays out its steps. */
export function unetLayout(options: UNetOptions): UNetLayout {
  const layout = unetSteps('UNet', options);
  checkGroups(options, layout);
  const { selfConditioning } = options;
  return selfConditioning ? { ...layout, guideAfter: unetGuideAfter('UNet', selfConditioning, layout) } : layout;
}

/** The steps of a UNet, from its first convolution to its last. */
export function unetSteps(where: string, options: UNetFrame): UNetLayout {
  const { image, width, multipliers, blocks, outputs, condition = 4 * width } = options;
  const { attention = [], decoderAttention = attention, lastAttention = false, middle = 'attention' } = options;
  const { stem = width, decoder: decoding = 'standard' } = options;
  const depth = multipliers.length;
  check(depth > 0, where, 'multipliers', 'the channels of each level over width, one number at least', multipliers);
  const channels = unetChannels(where, options);
  const factor = 2 ** (depth - 1);
  checkImage(where, image, factor);
  const side = (level: number) => Math.min(image[0], image[1]) / 2 ** level;
  const heads = (of: number, wanted: boolean) => (wanted ? headsOf(where, of, options) : 0);
  const [down, up] = (['down', 'up'] as const).map((name) => resamplings(where, name, options[name], depth - 1));

  const [attending, decoderAttending] = [new Set(attention), new Set(decoderAttention)];
  const encoder: UNetStage[] = [];
  const skips = [stem];
  let now = stem;
  channels.forEach((wide, level) => {
    if (level > 0) {
      const step = { kind: 'down', level, inputs: now, outputs: now, resampling: down[level - 1], heads: 0 } as const;
      encoder.push({ name: `down.${level}`, ...step });
      skips.push(now);
    }
    for (let i = 0; i < blocks; i++) {
      const name = `in.${level * blocks + i + 1}`;
      const attends = heads(wide, attending.has(side(level)));
      encoder.push({ name, kind: 'block', level, inputs: now, outputs: wide, heads: attends });
      now = wide;
      skips.push(now);
    }
  });

  const decoder: UNetStage[] = [];
  if (middle !== 'none') {
    const attends = heads(now, middle === 'attention');
    decoder.push({ name: 'mid', kind: 'mid', level: depth - 1, inputs: now, outputs: now, heads: attends });
  }
  let count = 0;
  for (let level = depth - 1; level >= 0; level--) {
    if (level < depth - 1) {
      const step = { kind: 'up', level, inputs: now, outputs: now, resampling: up[level], heads: 0 } as const;
      decoder.push({ name: `up.${level + 1}`, ...step });
    }
    for (let i = 0; i <= blocks; i++) {
      const wanted = decoderAttending.has(side(level)) && (!lastAttention || i === blocks);
      const inputs = now + skips.pop()!;
      const wide = channels[level];
      const attends = heads(wide, wanted);
      decoder.push({ name: `out.${++count}`, kind: 'block', level, inputs, outputs: wide, heads: attends });
      now = wide;
    }
    if (decoding === 'skip' && level > 0) {
      const head = { kind: 'head', level, inputs: now, outputs: outputs ?? image[2], heads: 0 } as const;
      decoder.push({ name: `pyramidConv.${level}`, ...head });
    }
  }
  return { encoder, decoder, factor, stem, condition, last: now };
}

/** Channels of each level. */
export function unetChannels(
  where: string,
  { width, multipliers }: Pick<UNetOptions, 'width' | 'multipliers'>,
): number[] {
  return multipliers.map((multiplier) => {
    const whole = Math.round(width * multiplier);
    const fits = whole > 0 && Math.abs(whole - width * multiplier) < 1e-6 * whole;
    check(fits, where, 'multipliers', `such that ${width} times each is a whole number of channels`, multipliers);
    return whole;
  });
}

/** Names of the blocks whose outputs are features, in the order of the computation. */
export const unetTaps = ({ encoder, decoder }: Pick<UNetLayout, 'encoder' | 'decoder'>): string[] =>
  [...encoder, ...decoder].flatMap(({ name, kind }) => (kind === 'block' || kind === 'mid' ? [name] : []));

function checkImage(where: string, image: readonly number[], factor: number): void {
  const fits = image[0] % factor === 0 && image[1] % factor === 0;
  const near = image.map((n, i) => (i === 2 ? n : Math.max(factor, Math.round(n / factor) * factor)));
  const rule = `of height and width divisible by ${factor}, which ${Math.log2(factor) + 1} levels need, such as [${near.join(', ')}]`;
  check(fits, where, 'image', rule, image);
}

function headsOf(where: string, channels: number, { headChannels }: UNetFrame): number {
  if (headChannels == null) return 1;
  const heads = Math.floor(channels / headChannels);
  const fits = heads === 0 || channels % heads === 0;
  check(
    fits,
    where,
    'headChannels',
    `such that its heads share the ${channels} channels, a divisor of them`,
    headChannels,
  );
  return heads;
}

function resamplings(
  where: string,
  name: string,
  given: UNetOptions['down'],
  count: number,
): readonly UNetResampling[] {
  const list = given == null || typeof given === 'string' ? Array<UNetResampling>(count).fill(given ?? 'conv') : given;
  const known = list.length === count && list.every((of) => of === 'conv' || of === 'residual');
  check(known, where, name, `"conv", "residual", or one of them for each of the ${count} steps`, given);
  return list;
}

/** Every norm of the way down and up with its channels must take its groups; else says how many groups all would take. */
function checkGroups(options: UNetOptions, { encoder, decoder, last }: UNetLayout): void {
  const { groups, finalGroups = groups, middleGroups = groups } = options;
  const middle = decoder.find(({ kind, heads }) => kind === 'mid' && heads > 0);
  const inner = [...encoder, ...decoder].flatMap((stage) => {
    if (stage.kind === 'head' || stage.resampling === 'conv') return [];
    return [
      { place: `${stage.name}, before`, channels: stage.inputs },
      { place: `${stage.name}, inside`, channels: stage.outputs },
    ];
  });
  const norms = [
    ...inner.map((norm) => ({ ...norm, option: 'groups', of: groups })),
    { place: 'the last norm', channels: last, option: 'finalGroups', of: finalGroups },
    ...(middle && middleGroups !== 'none'
      ? [{ place: 'mid.attn', channels: middle.outputs, option: 'middleGroups', of: middleGroups }]
      : []),
  ];
  for (const { place, channels, option, of } of norms) {
    const taken = of ?? groupsFor(channels);
    if (Number.isInteger(taken) && taken > 0 && channels % taken === 0) continue;
    const shared = option === 'groups' ? inner.map((norm) => norm.channels).reduce(gcd) : channels;
    const fits = Array.from({ length: shared }, (_, i) => i + 1).filter((n) => shared % n === 0);
    const rule = `a divisor of the channels of every norm, of the ${channels} at ${place} too: ${fits.join(', ')}`;
    check(false, 'UNet', option, rule, taken);
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The block after which self-conditioning guides, of those that others follow. */
export function unetGuideAfter(where: string, choices: UNetSelfConditioning, layout: UNetLayout): string {
  const known = { ...guidanceRules, after: rules.text };
  checkOptions<UNetSelfConditioning>(where, choices, known, 'selfConditioning');
  const outs = layout.decoder.filter(({ kind }) => kind === 'block');
  const quarter = Math.min(2, Math.log2(layout.factor));
  const usual = quarter === 0 ? outs[0] : outs.filter(({ level }) => level === quarter).at(-1)!;
  const { after = usual.name } = choices;
  const names = unetTaps(layout).slice(0, -1);
  check(names.includes(after), where, 'selfConditioning.after', `one of ${names.join(', ')}`, after);
  return after;
}
