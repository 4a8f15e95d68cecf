import '@tensorflow/tfjs-backend-cpu';
import { callWithNonsense, type SoundCall, soundCall } from '@diptych/test-utils/nonsense';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import * as base from './base/index.ts';
import * as blocks from './blocks/index.ts';
import * as conditions from './conditions/index.ts';
import * as networks from './networks/index.ts';

/** Not called with nonsense yet: bases of classes, parts of networks, and what takes a network or the result of another function. */
const unchecked = [
  'Block',
  'DiTCondition',
  'DiTFinalLayer',
  'Edm2Block',
  'Edm2Middle',
  'LastAxisBlock',
  'NetworkBlock',
  'Projector',
  'ResidualBlock',
  'UNetBlock',
  'UNetMiddle',
  'autoencoderLoss',
  'ddaeNames',
  'diagonalGaussian',
  'diffusersAutoencoderKLNames',
  'diffusersAutoencoderTinyNames',
  'diffusersDiTNames',
  'diffusersUNetNames',
  'ditNames',
  'dropout',
  'edm2Names',
  'edmNames',
  'effectiveKernel',
  'gaussianKl',
  'gaussianNll',
  'guidedForward',
  'latentNormalizer',
  'ldmAutoencoderKLNames',
  'modernAutoencoderNames',
  'normalizedKernel',
  'rotate',
  'sampleGaussian',
  'tiled',
  'totalMacs',
  'uvitNames',
  'withContext',
  'xavierInit',
];

const small = { image: [4, 4, 1], patch: 2, width: 8, depth: 2, heads: 2 };
const made = (name: string, Class: unknown, options: object): SoundCall => ({
  name,
  run: ((given: object) => void new (Class as new (given: object) => object)(given)) as never,
  args: () => [{ ...options }],
});

const calls: SoundCall[] = [
  made('UViT', networks.UViT, { ...small, classes: 2, seed: 1, name: 'mine' }),
  made('DiT', networks.DiT, { ...small, classes: 2, mlpRatio: 2, rotary: true }),
  made('UNet', networks.UNet, {
    image: [8, 8, 1],
    width: 8,
    multipliers: [1, 2],
    blocks: 1,
    attention: [4],
    groups: 4,
  }),
  made('Edm2UNet', networks.Edm2UNet, { image: [8, 8, 1], width: 8, multipliers: [1, 2], blocks: 1, attention: [4] }),
  made('AutoencoderKL', networks.AutoencoderKL, { widths: [4, 8], blocks: 1, groups: 2, attention: [1] }),
  made('AutoencoderTiny', networks.AutoencoderTiny, {}),
  made('Linear', blocks.Linear, { inputs: 2, outputs: 3, bias: false }),
  made('Mlp', blocks.Mlp, { width: 4, hidden: 8 }),
  made('GatedMlp', blocks.GatedMlp, { width: 4, hidden: 3, gateFirst: true }),
  made('Attention', blocks.Attention, { width: 4, heads: 2, qkvBias: true }),
  made('CrossAttention', blocks.CrossAttention, { width: 4, heads: 2 }),
  made('TransformerBlock', blocks.TransformerBlock, { width: 4, heads: 2, skip: true }),
  made('LayerNorm', blocks.LayerNorm, { width: 4, epsilon: 1e-5 }),
  made('RmsNorm', blocks.RmsNorm, { width: 2, epsilon: 1e-5 }),
  made('GroupNorm', blocks.GroupNorm, { width: 4, groups: 2, epsilon: 1e-5 }),
  made('Conv2d', blocks.Conv2d, { inputs: 1, outputs: 1, size: 3 }),
  made('PatchEmbedding', blocks.PatchEmbedding, { image: [4, 4, 1], patch: 2, width: 8 }),
  made('TimeEmbedding', blocks.TimeEmbedding, { width: 8, hidden: 8 }),
  made('FourierEmbedding', blocks.FourierEmbedding, { width: 8, scale: 3 }),
  made('LabelEmbedding', blocks.LabelEmbedding, { classes: 2, width: 3, nullClass: false }),
  made('Pool', blocks.Pool, { first: 1 }),
  made('Resample', blocks.Resample, { direction: 'down' }),
  made('SpatialAttention', blocks.SpatialAttention, { width: 4, heads: 2, groups: 2 }),
  made('MpLinear', blocks.MpLinear, { inputs: 4, outputs: 4 }),
  made('MpConv2d', blocks.MpConv2d, { inputs: 4, outputs: 4, size: 3 }),
  made('MpFourierEmbedding', blocks.MpFourierEmbedding, { width: 8 }),
  made('SelfConditioning', conditions.SelfConditioning, { width: 4, condition: 5 }),
  made('DiTBlock', networks.DiTBlock, { width: 4, heads: 2 }),
  soundCall('pixelNorm', blocks.pixelNorm, () => [tf.ones([2, 4]), { epsilon: 1e-4 }]),
  soundCall('mpSum', blocks.mpSum, () => [tf.ones([2, 4]), tf.zeros([2, 4]), { share: 0.3 }]),
  soundCall('mpConcat', blocks.mpConcat, () => [tf.ones([2, 4]), tf.zeros([2, 4]), { share: 0.3 }]),
  soundCall('downsample', blocks.downsample, () => [tf.ones([1, 4, 4, 1]), { filter: [1, 1], padding: 0 }]),
  soundCall('upsample', blocks.upsample, () => [tf.ones([1, 4, 4, 1]), { filter: [1, 1], padding: 0 }]),
  soundCall('groupsFor', blocks.groupsFor, () => [32, { most: 8, channelsPerGroup: 2 }]),
  soundCall('rotaryTables', blocks.rotaryTables, () => [{ rows: 2, columns: 2 }, 8]),
  soundCall('constantInit', base.constantInit, () => [0.5]),
  soundCall('normalInit', base.normalInit, () => [0.5]),
  soundCall('uniformInit', base.uniformInit, () => [0.5]),
];

beforeAll(() => tf.setBackend('cpu'));

it('is called with nonsense in every class but those that are named', () => {
  const classes = [base, blocks, conditions, networks].flatMap((room) => Object.entries(room));
  const called = new Set(calls.map(({ name }) => name));
  const missing = classes.filter(([name, value]) => typeof value === 'function' && !called.has(name));
  expect(missing.map(([name]) => name).sort()).toEqual([...unchecked].sort());
});

it('refuses nonsense with errors of its own', async () => {
  expect((await callWithNonsense(calls)).faults).toEqual([]);
});
