import {
  Attention,
  AutoencoderKL,
  AutoencoderTiny,
  Conv2d,
  GroupNorm,
  LabelEmbedding,
  LayerNorm,
  Linear,
  Mlp,
  PatchEmbedding,
  SelfConditioning,
  TimeEmbedding,
} from '@diptych/models';
import {
  CrossAttention,
  FourierEmbedding,
  GatedMlp,
  MpConv2d,
  MpFourierEmbedding,
  MpLinear,
  Pool,
  Resample,
  ResidualBlock,
  RmsNorm,
  SpatialAttention,
  TransformerBlock,
  UNetBlock,
  UNetMiddle,
} from '@diptych/models/blocks';
import { DiTBlock, DiTCondition, DiTFinalLayer, Edm2Block, Edm2Middle, Projector } from '@diptych/models/networks';
import type { AnyBlock } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { tensorOf } from '../ops/tensor-of.ts';

/** A small block and what it takes. */
export interface BlockCase {
  /** The exported name, then what is special. */
  name: string;
  make: () => AnyBlock;
  inputs: () => tf.Tensor[];
}

const tokens = () => tensorOf([2, 3, 4], 40);
const wide = () => tensorOf([2, 3, 8], 47);
const images = () => tensorOf([2, 4, 6, 3], 41);
const condition = () => tensorOf([2, 4], 46);
const noise = () => tensorOf([3], 43);
const label = () => tf.tensor1d([0, 2, 1], 'int32');

/** Every exported block that is no network, in each of its forms: the tables of tests that hold for all of them. */
export const blockCases: readonly BlockCase[] = [
  { name: 'Linear', make: () => new Linear({ inputs: 4, outputs: 5 }), inputs: () => [tokens()] },
  { name: 'LayerNorm', make: () => new LayerNorm({ width: 4 }), inputs: () => [tokens()] },
  { name: 'LayerNorm without gain', make: () => new LayerNorm({ width: 4, affine: false }), inputs: () => [tokens()] },
  { name: 'GroupNorm', make: () => new GroupNorm({ width: 3, groups: 1 }), inputs: () => [images()] },
  {
    name: 'GroupNorm without gain',
    make: () => new GroupNorm({ width: 8, affine: false }),
    inputs: () => [wide()],
  },
  { name: 'RmsNorm', make: () => new RmsNorm({ width: 4 }), inputs: () => [tokens()] },
  { name: 'Mlp gelu', make: () => new Mlp({ width: 4, hidden: 6 }), inputs: () => [tokens()] },
  { name: 'Mlp quickGelu', make: () => new Mlp({ width: 4, activation: 'quickGelu' }), inputs: () => [tokens()] },
  { name: 'GatedMlp gelu', make: () => new GatedMlp({ width: 4, hidden: 3 }), inputs: () => [tokens()] },
  { name: 'GatedMlp silu', make: () => new GatedMlp({ width: 4, activation: 'silu' }), inputs: () => [tokens()] },
  { name: 'Mlp geluTanh', make: () => new Mlp({ width: 4, activation: 'geluTanh' }), inputs: () => [tokens()] },
  { name: 'Mlp silu', make: () => new Mlp({ width: 4, activation: 'silu', outputs: 2 }), inputs: () => [tokens()] },
  {
    name: 'GatedMlp gateFirst',
    make: () => new GatedMlp({ width: 4, activation: 'silu', gateFirst: true }),
    inputs: () => [tokens()],
  },
  { name: 'Attention', make: () => new Attention({ width: 4, heads: 2, qkvBias: true }), inputs: () => [tokens()] },
  {
    name: 'Attention with RMS norm and rotary positions',
    make: () => new Attention({ width: 8, heads: 2, qkNorm: 'rms', rotary: { rows: 1, columns: 3 } }),
    inputs: () => [wide()],
  },
  {
    name: 'Attention with layer norm',
    make: () => new Attention({ width: 8, heads: 2, qkNorm: 'layer' }),
    inputs: () => [wide()],
  },
  {
    name: 'CrossAttention',
    make: () => new CrossAttention({ width: 4, heads: 2, context: 3, qkvBias: true }),
    inputs: () => [tokens(), tensorOf([2, 5, 3], 51)],
  },
  { name: 'TransformerBlock', make: () => new TransformerBlock({ width: 4, heads: 2 }), inputs: () => [tokens()] },
  {
    name: 'TransformerBlock with skip',
    make: () => new TransformerBlock({ width: 4, heads: 1, skip: true }),
    inputs: () => [tokens(), tensorOf([2, 3, 4], 42)],
  },
  { name: 'DiTBlock', make: () => new DiTBlock({ width: 4, heads: 2 }), inputs: () => [tokens(), condition()] },
  {
    name: 'DiTBlock without shift, gated',
    make: () => new DiTBlock({ width: 4, heads: 1, norm: 'rms', mlp: 'swiGlu', shift: false }),
    inputs: () => [tokens(), condition()],
  },
  {
    name: 'DiTBlock with context',
    make: () => new DiTBlock({ width: 4, heads: 2, context: 3 }),
    inputs: () => [tokens(), condition(), tensorOf([2, 5, 3], 52)],
  },
  {
    name: 'DiTFinalLayer',
    make: () => new DiTFinalLayer({ width: 4, outputs: 6 }),
    inputs: () => [tokens(), condition()],
  },
  { name: 'DiTCondition', make: () => new DiTCondition({ width: 4 }), inputs: () => [noise()] },
  {
    name: 'DiTCondition with classes',
    make: () => new DiTCondition({ width: 4, classes: 2 }),
    inputs: () => [noise(), label()],
  },
  { name: 'Projector', make: () => new Projector({ width: 4, hidden: 5, outputs: 3 }), inputs: () => [tokens()] },
  { name: 'Pool', make: () => new Pool({ first: 1, count: 2 }), inputs: () => [tokens()] },
  { name: 'Pool of a class token', make: () => new Pool({ kind: 'cls', classToken: 1 }), inputs: () => [tokens()] },
  {
    name: 'SelfConditioning',
    make: () => new SelfConditioning({ width: 4, condition: 5 }),
    inputs: () => [tokens(), tensorOf([2, 5], 53)],
  },
  {
    name: 'SelfConditioning with one layer and one factor',
    make: () => new SelfConditioning({ width: 4, depth: 1, scale: 'scalar' }),
    inputs: () => [tokens(), condition()],
  },
  {
    name: 'PatchEmbedding',
    make: () => new PatchEmbedding({ image: [4, 6, 3], patch: 2, width: 5 }),
    inputs: () => [images()],
  },
  { name: 'Conv2d', make: () => new Conv2d({ inputs: 3, outputs: 2 }), inputs: () => [images()] },
  {
    name: 'Conv2d with strides',
    make: () => new Conv2d({ inputs: 3, outputs: 2, strides: 2, padding: [[0, 1] as const, [1, 0] as const] }),
    inputs: () => [images()],
  },
  { name: 'Resample up', make: () => new Resample({ direction: 'up' }), inputs: () => [images()] },
  {
    name: 'Resample down by a filter',
    make: () => new Resample({ direction: 'down', filter: [1, 3, 3, 1] }),
    inputs: () => [images()],
  },
  {
    name: 'Resample up by a filter, fused',
    make: () => new Resample({ direction: 'up', filter: [1, 2, 4, 1], conv: { inputs: 3, outputs: 2, fused: true } }),
    inputs: () => [images()],
  },
  {
    name: 'Resample down by a filter, fused',
    make: () => new Resample({ direction: 'down', filter: [1, 3, 3, 1], conv: { inputs: 3, outputs: 2, fused: true } }),
    inputs: () => [images()],
  },
  {
    name: 'Resample down by a stride',
    make: () => new Resample({ direction: 'down', filter: 'none', conv: { inputs: 3, outputs: 2, padding: 'end' } }),
    inputs: () => [tensorOf([1, 5, 4, 3], 54)],
  },
  {
    name: 'SpatialAttention',
    make: () => new SpatialAttention({ width: 4, heads: 2, groups: 2, scale: Math.SQRT1_2 }),
    inputs: () => [tensorOf([2, 2, 3, 4], 55)],
  },
  {
    name: 'SpatialAttention without norm',
    make: () => new SpatialAttention({ width: 4, groups: 'none' }),
    inputs: () => [tensorOf([2, 2, 3, 4], 55)],
  },
  {
    name: 'ResidualBlock',
    make: () => new ResidualBlock({ inputs: 3, outputs: 4, condition: 4, groups: 1 }),
    inputs: () => [images(), condition()],
  },
  {
    name: 'ResidualBlock without condition, gelu',
    make: () => new ResidualBlock({ inputs: 3, groups: 3, activation: 'gelu' }),
    inputs: () => [images()],
  },
  {
    name: 'ResidualBlock that scales, shifts and halves',
    make: () =>
      new ResidualBlock({
        ...{ inputs: 3, condition: 4, conditioning: 'scaleShift', groups: 1, activation: 'mish' },
        ...{ resample: { direction: 'down', filter: [1, 3, 3, 1] }, projectShortcut: true, scale: Math.SQRT1_2 },
      }),
    inputs: () => [images(), condition()],
  },
  // No relu: finite differences step over its kink. That of official networks is compared with theirs.
  {
    name: 'UNetBlock that doubles and attends',
    make: () =>
      new UNetBlock({
        ...{ inputs: 3, outputs: 4, condition: 4, groups: 1, activation: 'gelu' },
        ...{ resample: { direction: 'up' }, attention: { heads: 2 } },
      }),
    inputs: () => [tensorOf([2, 2, 3, 3], 57), condition()],
  },
  {
    name: 'UNetMiddle',
    make: () => new UNetMiddle({ inputs: 4, condition: 4, groups: 2, attention: { heads: 1, groups: 'none' } }),
    inputs: () => [tensorOf([2, 2, 3, 4], 58), condition()],
  },
  {
    name: 'Edm2Block down',
    make: () => new Edm2Block({ inputs: 3, outputs: 4, condition: 4, way: 'down', resample: 'down', heads: 1 }),
    inputs: () => [images(), condition()],
  },
  // Heads of many channels: unit queries of two turn within the step of finite differences.
  {
    name: 'Edm2Block with two heads',
    make: () => new Edm2Block({ inputs: 3, outputs: 16, condition: 4, way: 'down', heads: 2 }),
    inputs: () => [tensorOf([2, 2, 3, 3], 57), condition()],
  },
  {
    name: 'Edm2Block up',
    make: () => new Edm2Block({ inputs: 3, outputs: 4, condition: 4, way: 'up', resample: 'up', clip: 'none' }),
    inputs: () => [tensorOf([2, 2, 3, 3], 57), condition()],
  },
  {
    name: 'Edm2Middle',
    make: () => new Edm2Middle({ inputs: 4, condition: 4, way: 'up', heads: 1 }),
    inputs: () => [tensorOf([2, 2, 3, 4], 58), condition()],
  },
  {
    name: 'TimeEmbedding',
    make: () => new TimeEmbedding({ width: 4, hidden: 8, frequencies: 6 }),
    inputs: () => [noise()],
  },
  {
    name: 'TimeEmbedding bare, sines first',
    make: () => new TimeEmbedding({ width: 4, sinFirst: true, maxPeriod: 100, endpoint: true }),
    inputs: () => [noise()],
  },
  {
    name: 'TimeEmbedding with augmentation',
    make: () => new TimeEmbedding({ width: 4, hidden: 8, frequencies: 6, augmentation: 2 }),
    inputs: () => [noise(), tensorOf([3, 2], 54)],
  },
  {
    name: 'AutoencoderKL',
    make: () =>
      new AutoencoderKL({ channels: 2, latentChannels: 2, widths: [4, 8], blocks: 1, groups: 2, attention: [1] }),
    inputs: () => [tensorOf([1, 4, 6, 2], 56)],
  },
  {
    name: 'AutoencoderKL without its 1x1 convolutions and attention',
    make: () =>
      new AutoencoderKL({
        ...{ outputs: 2, latentChannels: 2, widths: [4, 4], blocks: 1, groups: 2 },
        ...{ quantConv: false, postQuantConv: false, midAttention: false },
        normalizer: { mean: [0, 1], std: [1, 2] },
      }),
    inputs: () => [tensorOf([1, 4, 4, 3], 57)],
  },
  {
    name: 'AutoencoderTiny',
    make: () =>
      new AutoencoderTiny({
        latentChannels: 2,
        width: 4,
        encoderBlocks: [1, 0],
        decoderBlocks: [0, 0],
        activation: 'silu',
      }),
    inputs: () => [tensorOf([1, 4, 2, 3], 58)],
  },
  { name: 'MpLinear', make: () => new MpLinear({ inputs: 4, outputs: 5 }), inputs: () => [tokens()] },
  { name: 'MpConv2d', make: () => new MpConv2d({ inputs: 3, outputs: 2 }), inputs: () => [images()] },
  { name: 'MpFourierEmbedding', make: () => new MpFourierEmbedding({ width: 5 }), inputs: () => [noise()] },
  { name: 'FourierEmbedding', make: () => new FourierEmbedding({ width: 6, scale: 1 }), inputs: () => [noise()] },
  {
    name: 'LabelEmbedding with zeros for no label',
    make: () => new LabelEmbedding({ classes: 2, width: 3, nullClass: 'zero', bias: true, scale: 2 }),
    inputs: () => [label()],
  },
  { name: 'LabelEmbedding', make: () => new LabelEmbedding({ classes: 2, width: 3 }), inputs: () => [label()] },
];
