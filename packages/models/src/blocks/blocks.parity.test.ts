import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cfg, edm, iddpm, ve, vp, vpSchedule } from '@diptych/core';
import { iddpmLevels } from '@diptych/core/grids';
import type { Diffusion } from '@diptych/core';
import {
  gelu,
  geluTanh,
  modulate,
  mpSilu,
  patchify,
  quickGelu,
  scaledDotProductAttention,
  silu,
  sinCosPositions2d,
  sinusoidalEmbedding,
  unpatchify,
} from '@diptych/ops';
import { fixturesFolder } from '@diptych/test-utils/fixtures';
import { onEachBackend, relativeError } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { AnyBlock } from '../base/block.ts';
import type { HostTensor } from '@diptych/formats';
import { effectiveKernel, normalizedKernel, pixelNorm } from './magnitude-preserving/normalized-kernel.ts';
import { mpConcat, mpSum } from './magnitude-preserving/mp-sum.ts';
import { MpFourierEmbedding } from './magnitude-preserving/mp-fourier-embedding.ts';
import { loadStateDict } from '../state/load-state-dict.ts';
import { nameMapOf, type NameMapOptions, type Renaming, fromOfficial } from '../state/official.ts';
import {
  diagonalGaussian,
  gaussianKl,
  gaussianNll,
  sampleGaussian,
} from '../networks/autoencoder/diagonal-gaussian.ts';
import { resampleFilter } from './image/up-downsample.ts';
import { Resample, type ResampleConv, type ResampleOptions } from './image/resample.ts';
import { SpatialAttention } from './image/spatial-attention.ts';
import { Attention } from './attention/attention.ts';
import { FourierEmbedding } from './embedding/fourier-embedding.ts';
import { GroupNorm, groupsFor } from './norm/group-norm.ts';
import { LabelEmbedding } from './embedding/label-embedding.ts';
import { LayerNorm } from './norm/layer-norm.ts';
import { GatedMlp } from './mlp/gated-mlp.ts';
import { PatchEmbedding } from './embedding/patch-embedding.ts';
import { RmsNorm } from './norm/rms-norm.ts';
import { rotaryTables, rotate } from './attention/rotary-positions.ts';
import { TimeEmbedding } from './embedding/time-embedding.ts';

interface ResampleCaseOptions extends Omit<ResampleOptions, 'direction' | 'conv'>, Pick<ResampleConv, 'padding'> {}
type Nested = number | Nested[];
/** Values, or tables of them by name; texts are remarks. */
type Expected = Nested | string | { [name: string]: Expected };

interface BlockCase {
  name: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each block has options of its own
  config: Record<string, any> | null;
  inputs: Record<string, Nested>;
  weights?: Record<string, Nested>;
  expected: Record<string, Expected>;
}

const file = join(fixturesFolder('models'), 'blocks.json');
const cases = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { blocks: BlockCase[] }).blocks : [];

const tensor = <T extends tf.Tensor>(value: Nested) => tf.tensor(value as number[]) as T;
const nhwc = (value: Nested) => tf.transpose(tensor<tf.Tensor4D>(value), [0, 2, 3, 1]);
const nchw = (value: tf.Tensor) => tf.transpose(value, [0, 3, 1, 2]);

const renamings: readonly Renaming[] = [
  [/\bmlp\.fc1/, 'mlp.0'],
  [/\bmlp\.fc2/, 'mlp.2'],
  [/\bqNorm/, 'q_norm'],
  [/\bkNorm/, 'k_norm'],
  [/^gateValue/, 'w12'],
  [/^attn\.qkv\./, 'projection.'],
  [/^attn\.proj\./, 'output.'],
  [/^out\./, 'w3.'],
  [/^table$/, 'embedding_table.table'],
  [/^gamma$/, 'weight'],
  [/^beta$/, 'bias'],
];

/** The block with the weights of the case, by their official names. */
function loaded<T extends AnyBlock>(
  block: T,
  of: BlockCase,
  exceptions: NameMapOptions['exceptions'] = {},
  further: readonly Renaming[] = [],
): T {
  const weights = Object.entries(of.weights!).map(([name, value]) => {
    const values = tensor(value);
    return [name, { shape: values.shape, dtype: 'float32', data: values.dataSync<'float32'>() }] as [
      string,
      HostTensor,
    ];
  });
  const names = nameMapOf(block.parameterSpecs(), [...renamings, ...further], { exceptions });
  loadStateDict(block, fromOfficial(Object.fromEntries(weights), names));
  return block;
}

type Results = Record<string, tf.Tensor | ArrayLike<number>>;

/** The expected numbers by name, those of tables by dotted names. */
function numbersIn(expected: Record<string, Expected>, prefix = ''): Record<string, number[]> {
  const found = Object.entries(expected).map(([name, value]) => {
    if (typeof value === 'string') return {};
    if (Array.isArray(value)) return { [prefix + name]: value.flat(9) as number[] };
    return typeof value === 'number' ? { [prefix + name]: [value] } : numbersIn(value, `${prefix}${name}.`);
  });
  return Object.assign({}, ...found) as Record<string, number[]>;
}

/** The index of the value that is closest to `wanted`. */
const nearestIn = (values: ArrayLike<number>, wanted: number) =>
  Array.from(values).reduce(
    (best, value, i) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? i : best),
    0,
  );

/** The coefficients of a process by their names in EDM. */
function coefficients(name: string, diffusion: Diffusion, sigmas: readonly number[]): Results {
  const at = sigmas.map((sigma) => diffusion.precondition(sigma));
  return {
    [`${name}.c_skip`]: at.map(({ cSkip }) => cSkip),
    [`${name}.c_out`]: at.map(({ cOut }) => cOut),
    [`${name}.c_in`]: at.map(({ cIn }) => cIn),
    [`${name}.c_noise`]: at.map(({ cNoise }) => cNoise),
  };
}

/** A kernel [out, in, kh, kw] in our layout. */
const ourKernel = (value: Nested) => tf.transpose(tensor<tf.Tensor4D>(value), [2, 3, 1, 0]);
const theirKernel = (value: tf.Tensor) => tf.transpose(value, [3, 2, 0, 1]);

/** What our blocks give for the cases whose name begins so. */
const makers: readonly [prefix: string, run: (of: BlockCase) => Results][] = [
  ...['sinusoid/uvit', 'sinusoid/dit'].map((prefix): [string, (of: BlockCase) => Results] => [
    prefix,
    ({ inputs, config }) => {
      return { out: sinusoidalEmbedding(inputs.t as number[], config!.dim, { maxPeriod: config!.max_period }) };
    },
  ]),
  [
    'sinusoid/ddae',
    ({ inputs, config }) => ({
      out: sinusoidalEmbedding(inputs.t as number[], config!.dim, { endpoint: true, sinFirst: true }),
    }),
  ],
  [
    'sinusoid/edm-positional',
    ({ inputs, config: c }) => ({
      out: sinusoidalEmbedding(inputs.t as number[], c!.num_channels, {
        maxPeriod: c!.max_positions,
        endpoint: c!.endpoint,
      }),
    }),
  ],
  [
    'sinusoid/edm-songunet',
    ({ inputs, config: c }) => ({
      out: sinusoidalEmbedding(inputs.t as number[], c!.num_channels, { endpoint: c!.endpoint, sinFirst: true }),
    }),
  ],
  [
    'sinusoid/diffusers',
    ({ inputs, config: c }) => ({
      out: sinusoidalEmbedding(inputs.t as number[], c!.dim, {
        endpoint: c!.freq_shift === 1,
        sinFirst: !c!.flip_sin_to_cos,
      }),
    }),
  ],
  [
    'sinusoid/edm-fourier',
    (of) => {
      const block = new FourierEmbedding({ width: of.config!.num_channels, scale: of.config!.scale });
      block.variables().frequencies.assign(tensor(of.weights!.freqs));
      return { out: block.forward(tensor<tf.Tensor1D>(of.inputs.t)) };
    },
  ],
  [
    'sinusoid/edm2-mpfourier',
    (of) => {
      const block = new MpFourierEmbedding({ width: of.config!.num_channels });
      block.variables().frequencies.assign(tensor(of.weights!.freqs));
      block.variables().phases.assign(tensor(of.weights!.phases));
      return { out: block.forward(tensor<tf.Tensor1D>(of.inputs.t)) };
    },
  ],
  [
    'pos2d/',
    ({ config: c }) => {
      // diffusers scales positions by base grid / (grid * interpolation).
      const scale = c!.base_size ? c!.base_size / (c!.grid_size * c!.interpolation_scale) : 1;
      return {
        out: sinCosPositions2d([c!.grid_size, c!.grid_size], c!.embed_dim, {
          extraTokens: c!.cls_token ? (c!.extra_tokens ?? 0) : 0,
          scale,
        }),
      };
    },
  ],
  [
    'rope/rotate-half',
    ({ inputs }) => {
      const x = tensor<tf.Tensor1D>(inputs.x);
      const quarter = { cos: new Float32Array(x.size), sin: new Float32Array(x.size).fill(1) };
      return { out: rotate(tf.reshape(x, [1, 1, 1, x.size]), quarter) };
    },
  ],
  [
    'rope/lightningdit',
    ({ inputs, config: c }) => {
      const grid = { rows: c!.ft_seq_len, columns: c!.ft_seq_len, trained: [c!.pt_seq_len, c!.pt_seq_len] as const };
      const tables = rotaryTables(grid, 2 * c!.dim);
      const x = tf.transpose(tensor<tf.Tensor4D>(inputs.x), [0, 2, 1, 3]); // [B, N, heads, d]
      return { freqs_cos: tables.cos, freqs_sin: tables.sin, out: tf.transpose(rotate(x, tables), [0, 2, 1, 3]) };
    },
  ],
  [
    'rmsnorm/',
    (of) => {
      const width = (of.weights!.weight as number[]).length;
      return { out: loaded(new RmsNorm({ width, epsilon: of.config!.eps }), of).forward(tensor(of.inputs.x)) };
    },
  ],
  [
    'layernorm/',
    (of) => {
      const x = tensor(of.inputs.x);
      const { eps: epsilon, affine } = of.config!;
      const block = new LayerNorm({ width: x.shape.at(-1)!, epsilon, affine });
      return { out: (affine ? loaded(block, of) : block).forward(x) };
    },
  ],
  [
    'groupnorm/eps',
    (of) => {
      const { groups, eps: epsilon } = of.config!;
      const x = nhwc(of.inputs.x);
      return { out: nchw(loaded(new GroupNorm({ width: x.shape[3]!, groups, epsilon }), of).forward(x)) };
    },
  ],
  ['groupnorm/edm-group-count', ({ config }) => ({ groups: (config!.channels as number[]).map((n) => groupsFor(n)) })],
  ['edm2/pixel-norm', ({ inputs }) => ({ out: nchw(pixelNorm(nhwc(inputs.x))) })],
  [
    'edm2/weight-norm',
    ({ inputs }) => {
      const kernel = ourKernel(inputs.w);
      return {
        normalize: theirKernel(normalizedKernel(kernel)),
        effective: theirKernel(effectiveKernel(kernel, { gain: 1.3 })),
      };
    },
  ],
  [
    'edm2/mp-cat',
    ({ inputs, config }) => {
      const [a, b] = [nhwc(inputs.a), nhwc(inputs.b)];
      return {
        out: nchw(mpConcat(a, b, { share: config!.t })),
        out_t03: nchw(mpConcat(a, b, { share: 0.3 })),
      };
    },
  ],
  ['edm2/mp-sum', ({ inputs, config }) => ({ out: mpSum(tensor(inputs.a), tensor(inputs.b), { share: config!.t }) })],
  [
    'activation',
    ({ inputs }) => {
      const x = tensor(inputs.x);
      return {
        gelu_erf: gelu(x),
        gelu_tanh: geluTanh(x),
        silu: silu(x),
        mp_silu: mpSilu(x),
        quick_gelu: quickGelu(x),
        softplus: tf.softplus(x),
      };
    },
  ],
  [
    'preconditioning',
    ({ inputs, config, expected }) => {
      const sigmas = inputs.sigma as number[];
      const { M: levels, C_1: c1, C_2: c2 } = config!.iDDPM;
      const { M: timesteps, beta_d: betaD, beta_min: betaMin } = config!.VP;
      const schedule = vpSchedule({ betaD, betaMin });
      const times = (expected.VP_sigma as { t: number[] }).t;
      const table = iddpmLevels({ levels, c1, c2 });
      const chain = iddpm({ levels, c1, c2 });
      // Where in our table the levels of theirs stand.
      const places = (expected.iDDPM_u as { u: number[] }).u.map((u) => nearestIn(table, u));
      const u = places.map((i) => table[i]);
      const nearest = sigmas.map((sigma) => levels - 1 - chain.precondition(sigma).cNoise);
      return {
        'VP_sigma.t': times.map((t) => schedule.time(schedule.sigma(t))),
        'VP_sigma.sigma': times.map((t) => schedule.sigma(t)),
        'VP_sigma.sigma_inv': sigmas.map((sigma) => schedule.time(sigma)),
        'VP_sigma.sigma_min': [schedule.sigma(1e-5)],
        'VP_sigma.sigma_max': [schedule.sigma(1)],
        'iDDPM_u.index': places,
        'iDDPM_u.u': u,
        'iDDPM_u.u_float64': u,
        'iDDPM_u.sigma_min': [table[levels - 1]],
        'iDDPM_u.sigma_max': [table[0]],
        'iDDPM_round.index': nearest,
        'iDDPM_round.sigma': nearest.map((i) => table[i]),
        ...coefficients('VP', vp({ timesteps, betaD, betaMin }), sigmas),
        ...coefficients('VE', ve(), sigmas),
        ...coefficients('iDDPM', chain, sigmas),
        ...coefficients('EDM', edm({ sigmaData: config!.sigma_data }), sigmas),
      };
    },
  ],
  [
    'guidance',
    ({ inputs, config }) => {
      const [conditional, unconditional] = [tensor(inputs.cond), tensor(inputs.uncond)];
      const guide = (scale: number) => cfg(scale)(conditional, unconditional, 1);
      return { dit: guide(config!.scale), uvit: guide(1 + config!.scale) };
    },
  ],
  [
    'modulate/',
    ({ inputs }) => ({ out: modulate(tensor(inputs.x), tensor(inputs.scale), tensor<tf.Tensor2D>(inputs.shift)) }),
  ],
  [
    'swiglu/',
    (of) => {
      const { in_features: width, hidden } = of.config!;
      return {
        out: loaded(new GatedMlp({ width, hidden, activation: 'silu', gateFirst: true }), of).forward(
          tensor(of.inputs.x),
        ),
      };
    },
  ],
  [
    'timestep-embedder/dit',
    (of) => {
      const { hidden, frequency_embedding_size: frequencies } = of.config!;
      const block = loaded(new TimeEmbedding({ width: hidden, hidden, frequencies }), of);
      return { out: block.forward(tensor<tf.Tensor1D>(of.inputs.t)) };
    },
  ],
  [
    'timestep-embedder/ddae',
    (of) => {
      const { n_channels: width, augment_dim: augmentation } = of.config!;
      const frequencies = (of.weights!['lin1.weight'] as number[][])[0].length;
      const sinusoid = { frequencies, endpoint: true, sinFirst: true };
      const block = loaded(new TimeEmbedding({ width, hidden: width, augmentation, ...sinusoid }), of, {
        'augmentationEmbedding.kernel': { name: 'aug_emb.weight' },
        'mlp.fc1.kernel': { name: 'lin1.weight' },
        'mlp.fc1.bias': { name: 'lin1.bias' },
        'mlp.fc2.kernel': { name: 'lin2.weight' },
        'mlp.fc2.bias': { name: 'lin2.bias' },
      });
      const t = tensor<tf.Tensor1D>(of.inputs.t);
      return { out: block.forward(t, tensor<tf.Tensor2D>(of.inputs.aug)), out_no_aug: block.forward(t) };
    },
  ],
  [
    'label-embedder/dit',
    (of) => {
      const { num_classes: classes, dropout_prob: dropout } = of.config!;
      const width = (of.expected.out as number[][])[0].length;
      const block = loaded(new LabelEmbedding({ classes, width, dropout, nullClass: dropout > 0 }), of);
      const labels = of.inputs.y as number[];
      const dropped = labels.map((label, i) =>
        (of.inputs.force_drop_ids as number[])[i] === 1 ? block.nullClass! : label,
      );
      return {
        out: block.forward(tf.tensor1d(labels, 'int32')),
        out_dropped: block.forward(tf.tensor1d(dropped, 'int32')),
      };
    },
  ],
  ...['attention/plain', 'attention/qk', 'attention/rope'].map((prefix): [string, (of: BlockCase) => Results] => [
    prefix,
    (of) => {
      const {
        dim: width,
        num_heads: heads,
        qkv_bias: qkvBias = false,
        qk_norm = false,
        use_rmsnorm = false,
        grid,
      } = of.config!;
      const qkNorm = qk_norm ? (use_rmsnorm ? 'rms' : 'layer') : 'none';
      const rotary = grid ? { rows: grid, columns: grid } : undefined;
      const block = loaded(new Attention({ width, heads, qkvBias, qkNorm, rotary }), of);
      return { out: block.forward(tensor<tf.Tensor3D>(of.inputs.x)) };
    },
  ]),
  [
    'attention/ddae',
    (of) => {
      const { n_channels: width, d_k: depth, groups } = of.config!;
      const heads = width / depth;
      // Head after head, in each q, k and v.
      const shape = [3 * width, width];
      const view = [heads, 3, depth, width];
      const exceptions = {
        'attn.qkv.kernel': { shape, view, axes: [3, 1, 0, 2] },
        'attn.qkv.bias': { shape: [3 * width], view: [heads, 3, depth], axes: [1, 0, 2] },
      };
      const block = loaded(new SpatialAttention({ width, heads, groups }), of, exceptions);
      return { out: nchw(block.forward(nhwc(of.inputs.x) as tf.Tensor4D)) };
    },
  ],
  [
    'attention/edm-weights',
    ({ inputs }) => {
      const [q, k] = [inputs.q, inputs.k].map((value) =>
        tf.expandDims(tf.transpose(tensor<tf.Tensor3D>(value), [0, 2, 1]), 1),
      ) as tf.Tensor4D[]; // [B, 1, N, d]
      // Attention to the rows of the unit matrix is its own weights.
      const [batch, , tokens] = k.shape;
      const unit = tf.tile(tf.reshape(tf.eye(tokens), [1, 1, tokens, tokens]), [batch, 1, 1, 1]) as tf.Tensor4D;
      return { out: tf.squeeze(scaledDotProductAttention(q, k, unit), [1]) };
    },
  ],
  ...(
    [
      ['resample/edm', ({ filter }) => ({ filter })],
      ['resample/ddae-down-conv', () => ({ filter: 'none' })],
      ['resample/ddae', () => ({})],
      ['resample/diffusers', ({ padding }) => ({ filter: 'none', padding: padding === 0 ? 'end' : 'both' })],
    ] as [string, (config: NonNullable<BlockCase['config']>) => ResampleCaseOptions][]
  ).map(([prefix, options]): [string, (of: BlockCase) => Results] => [
    prefix,
    (of) => {
      const { padding, ...rest } = options(of.config ?? {});
      const direction = of.name.includes('-up') ? 'up' : 'down';
      const { resample_filter: table, ...weights } = of.weights ?? {};
      const kernel = (weights.weight ?? weights['conv.weight']) as number[][][][] | undefined;
      const [outputs, inputs, size] = [kernel?.length, kernel?.[0].length, kernel?.[0][0].length] as number[];
      const conv = kernel && { inputs, outputs, size, fused: of.config?.fused_resample, padding };
      const block = new Resample({ direction, ...rest, conv });
      if (kernel)
        loaded(
          block,
          { ...of, weights },
          {},
          weights.weight
            ? [
                [/^conv\.kernel$/, 'weight'],
                [/^conv\.bias$/, 'bias'],
              ]
            : [],
        );
      // The official buffer is the filter that the block computes.
      if (table) {
        const taps = resampleFilter('the filter', of.config!.filter);
        const product = taps.flatMap((a) => taps.map((b) => a * b));
        expect(relativeError(tensor(table), product)).toBeLessThan(1e-6);
      }
      return { out: nchw(block.forward(nhwc(of.inputs.x) as tf.Tensor4D)) };
    },
  ]),
  [
    'diagonal-gaussian',
    ({ inputs, config: c }) => {
      const gaussian = diagonalGaussian(nhwc(inputs.moments), { clamp: c!.clamp });
      const sample = sampleGaussian(gaussian, nhwc(inputs.noise));
      const std = sampleGaussian({ ...gaussian, mean: tf.zerosLike(gaussian.mean) }, tf.onesLike(gaussian.mean));
      const { mean, logVariance } = gaussian;
      return {
        ...{ mean: nchw(mean), logvar: nchw(logVariance), std: nchw(std), sample: nchw(sample) },
        ...{ kl: gaussianKl(gaussian), nll: gaussianNll(gaussian, nhwc(inputs.noise)) },
      };
    },
  ],
  [
    'unpatchify',
    ({ inputs, config: c }) => {
      const tokens = tensor<tf.Tensor3D>(inputs.tokens);
      const side = Math.sqrt(tokens.shape[1]) * c!.patch;
      const picture = nchw(unpatchify(tokens, c!.patch, [side, side, c!.channels]));
      return { uvit: picture, dit: picture };
    },
  ],
  ['patchify', ({ inputs, config }) => ({ uvit_patchify: patchify(nhwc(inputs.x), config!.patch) })],
  [
    'patch-embed',
    (of) => {
      const x = nhwc(of.inputs.x) as tf.Tensor4D;
      const [, height, breadth, channels] = x.shape;
      const { patch } = of.config!;
      const width = (of.weights!['proj.bias'] as number[]).length;
      const block = new PatchEmbedding({ image: [height, breadth, channels], patch, width });
      const kernel = { shape: [width, channels, patch, patch], axes: [2, 3, 1, 0] };
      return { out: loaded(block, of, { 'proj.kernel': kernel }).forward(x) };
    },
  ],
];

onEachBackend('official building blocks', () => {
  it.each(cases.map((of) => [of.name, of] as const))('parity with %s to 2e-5', (name, of) => {
    const maker = makers.find(([prefix]) => name.startsWith(prefix));
    if (!maker) throw new Error(`no test understands the block ${name}`);
    tf.engine().startScope();
    try {
      const results = maker[1](of);
      const numbers = numbersIn(of.expected);
      expect(Object.keys(results).sort()).toEqual(Object.keys(numbers).sort());
      for (const [output, value] of Object.entries(results)) {
        expect(relativeError(value, numbers[output]), output).toBeLessThan(2e-5);
      }
    } finally {
      tf.engine().endScope();
      tf.engine().disposeVariables();
    }
  });
});

describe('official building blocks', () => {
  it('a block that no test knows has no maker', () => {
    expect(makers.some(([prefix]) => 'unheard-of/block'.startsWith(prefix))).toBe(false);
  });
});
