import { key } from '@diptych/core';
import { networkContract } from '@diptych/test-utils/models';
import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { guidedForward } from '../../conditions/guided-forward.ts';
import { fromOfficial, toOfficial } from '../../state/official.ts';
import { stateDict } from '../../state/state-dict.ts';
import { diffusersDiTNames } from './dit-names.ts';
import { DiT } from './dit.ts';
import type { DiTOptions } from './dit-config.ts';

const small = { image: [8, 8, 1], patch: 2, width: 16, depth: 2, heads: 2 } as const satisfies DiTOptions;
const modern: DiTOptions = {
  ...{
    ...small,
    image: [4, 8, 2],
    heads: 2,
    depth: 3,
    norm: 'rms',
    mlp: 'swiGlu',
    rotary: true,
    qkNorm: 'rms',
    classes: 3,
  },
  ...{ augmentation: true, labelDropout: 0.5, selfConditioning: { after: 'block.1' } },
};

onEachBackend('DiT', () => {
  describe('unconditional', () => {
    networkContract({ make: () => new DiT(small), image: small.image });
  });
  describe('modern, with every condition, self-conditioned', () => {
    networkContract({ make: () => new DiT(modern), image: [4, 8, 2], classes: 3, augmentation: true });
  });
  describe('of the flavor diffusers, self-conditioned', () => {
    const options: DiTOptions = { ...small, flavor: 'diffusers', classes: 3, selfConditioning: { after: 'block.0' } };
    networkContract({ make: () => new DiT(options), image: small.image, classes: 3 });
  });
  describe('with every MLP norm and bias of diffusers, other channels out', () => {
    const options: DiTOptions = { ...small, flavor: 'diffusers', classes: 3, mlp: 'gatedGelu', outputs: 3 };
    const make = () => new DiT({ ...options, qkvBias: false, mlpAffine: true, mlpEpsilon: 1e-3 });
    networkContract({ make, image: small.image, classes: 3, outputs: 3 });
  });
  describe('without shift, with learned variance', () => {
    const options: DiTOptions = { ...small, shift: false, qkNorm: 'layer', variance: 'predicted' };
    networkContract({ make: () => new DiT(options), image: small.image, outputs: 2 });
  });
});

describe('DiT', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  const input = () => ({ x: tensorOf<tf.Rank.R4>([2, 8, 8, 1], 1), noise: tensorOf<tf.Rank.R1>([2], 2) });
  const label = () => tf.tensor1d([0, 2], 'int32');
  /** Away from the zeros that DiT begins with. */
  const stirred = (options: DiTOptions) => {
    const network = new DiT(options);
    Object.values(network.trainableVariables()).forEach((v, i) =>
      v.assign(tf.add(v, tensorOf(v.shape, i, { scale: 0.2 }))),
    );
    return network;
  };

  it('begins by predicting zero, its blocks being identities', () => {
    const network = new DiT(small);
    const { output, features } = network.forward(input(), { taps: ['patchEmbedding', 'block.0', 'block.1'] });
    expect(tf.max(tf.abs(output)).dataSync()[0]).toBe(0);
    const embedded = tf.add(features.patchEmbedding, network.variables().positions).dataSync();
    expect(features['block.0'].dataSync()).toEqual(embedded);
    expect(features['block.1'].dataSync()).toEqual(embedded);
  });

  it('each MLP differs from the others, the gated ones of diffusers having all of the hidden width', () => {
    const kinds = ['gelu', 'geluExact', 'quickGelu', 'silu', 'swiGlu', 'gatedGelu', 'gatedSilu'] as const;
    const outputs = kinds.map((mlp) => stirred({ ...small, mlp }).forward(input()).output);
    for (const [i, a] of outputs.entries()) {
      for (const b of outputs.slice(i + 1)) expect(relativeError(a, b)).toBeGreaterThan(1e-6);
    }
    const specs = (mlp: DiTOptions['mlp']) => new DiT({ ...small, mlp }).parameterSpecs();
    expect(specs('gatedGelu')['block.0.mlp.valueGate.kernel'].shape).toEqual([16, 128]);
    expect(specs('swiGlu')['block.0.mlp.gateValue.kernel'].shape).toEqual([16, 84]);
  });

  it('begins as DiT does: Xavier matrices, N(0, 0.02) embeddings, zero modulation, fixed positions', () => {
    const v = new DiT({ ...small, width: 64, classes: 40 }).variables();
    const deviation = (name: string) => tf.moments(v[name]).variance.dataSync()[0] ** 0.5;
    expect(deviation('block.0.attn.qkv.kernel')).toBeCloseTo(Math.sqrt(2 / (64 + 192)), 2);
    expect(deviation('patchEmbedding.proj.kernel')).toBeCloseTo(Math.sqrt(2 / (4 + 64)), 1);
    expect(deviation('labelEmbedding.table')).toBeCloseTo(0.02, 2);
    expect(deviation('timeEmbedding.mlp.fc1.kernel')).toBeCloseTo(0.02, 3);
    for (const zero of ['block.0.adaLN.kernel', 'final.linear.kernel', 'final.adaLN.kernel', 'block.0.attn.qkv.bias']) {
      expect(tf.max(tf.abs(v[zero])).dataSync()[0], zero).toBe(0);
    }
    expect(new DiT(small).trainableVariables().positions).toBeUndefined();
    expect(new DiT(small).variables().positions.dataSync()[8]).toBe(0); // sine of row 0
  });

  it.each(['none', 'scalar', 'vector'] as const)(
    'self-conditioning with scale %s begins as the baseline, bit for bit',
    (scale) => {
      const [plain, routed] = [new DiT(small), new DiT({ ...small, selfConditioning: { scale, after: 'block.0' } })];
      // The weights that both have, alike and away from zero.
      for (const [name, variable] of Object.entries(plain.variables())) {
        const moved = tf.add(variable, tensorOf(variable.shape, name.length, { scale: 0.2 }));
        variable.assign(moved);
        routed.variables()[name].assign(moved);
      }
      const taps = ['block.0', 'block.1'];
      const [a, b] = [plain, routed].map((network) => network.forward(input(), { taps }));
      expect(b.output.dataSync()).toEqual(a.output.dataSync());
      for (const [name, variable] of Object.entries(routed.variables())) {
        if (name.startsWith('selfConditioning')) variable.assign(tensorOf(variable.shape, 5));
      }
      const moved = routed.forward(input(), { taps });
      expect(moved.features['block.0'].dataSync()).toEqual(a.features['block.0'].dataSync());
      expect(moved.features['block.1'].dataSync()).not.toEqual(a.features['block.1'].dataSync());
    },
  );

  it('guides by default after the first half', () => {
    expect(new DiT({ ...small, depth: 12, selfConditioning: {} }).tapNames().slice(5, 8)).toEqual([
      'block.5',
      'selfConditioning.pooled',
      'block.6',
    ]);
  });

  it('computes projectors only when they are asked for', () => {
    const network = stirred({ ...small, projectors: { after: 'block.0', hidden: 8, outputs: [3, 5] } });
    expect(network.tapNames()).toEqual(['block.0', 'projectors.0', 'projectors.1', 'block.1']);
    let runs = 0;
    network
      .namedBlocks()
      .get('projectors.1')!
      .observe(() => runs++);
    network.forward(input());
    expect(runs).toBe(0);
    const { features } = network.forward(input(), { taps: ['projectors.1'] });
    expect(runs).toBe(1);
    expect(features['projectors.1'].shape).toEqual([2, 16, 5]);
  });

  it('the dropped variance is that of predicted, left out', () => {
    const [both, dropped] = [stirred({ ...small, variance: 'predicted' }), stirred({ ...small, variance: 'dropped' })];
    const expected = tf.slice(both.forward(input()).output, [0, 0, 0, 0], [-1, -1, -1, 1]);
    expect(dropped.forward(input()).output.dataSync()).toEqual(expected.dataSync());
  });

  it('rotary positions of a grid twice as fine cover the trained one', () => {
    const tables = (options: Partial<DiTOptions>) =>
      stirred({ ...small, rotary: true, ...options })
        .forward(input())
        .output.dataSync();
    expect(tables({ trainedGrid: [4, 4] })).toEqual(tables({}));
    expect(tables({ trainedGrid: [2, 2] })).not.toEqual(tables({}));
  });

  it('without a label the null class stands in; dropout follows the key', () => {
    const network = stirred({ ...small, classes: 3, labelDropout: 1 });
    const bare = network.forward(input()).output.dataSync();
    const none = tf.tensor1d([3, 3], 'int32');
    expect(network.forward({ ...input(), label: none }).output.dataSync()).toEqual(bare);
    expect(network.forward({ ...input(), label: label() }).output.dataSync()).not.toEqual(bare);
    expect(network.forward({ ...input(), label: label() }, { training: true, key: key(1) }).output.dataSync()).toEqual(
      bare,
    );
  });

  it('an augmentation vector of zeros equals none, bit for bit', () => {
    const network = stirred({ ...small, augmentation: true });
    const bare = network.forward(input()).output.dataSync();
    expect(network.forward({ ...input(), augmentation: tf.zeros([2, 9]) }).output.dataSync()).toEqual(bare);
    expect(network.forward({ ...input(), augmentation: tf.ones([2, 9]) }).output.dataSync()).not.toEqual(bare);
  });

  it('diffusersDiTNames: splits queries, keys and values, and leaves the positions out', async () => {
    const network = stirred({ ...small, flavor: 'diffusers', classes: 3 });
    const [state, names] = [await stateDict(network), diffusersDiTNames(network)];
    const official = toOfficial(state, names);
    expect(official['transformer_blocks.1.attn1.to_k.weight'].shape).toEqual([16, 16]);
    expect(official['transformer_blocks.1.attn1.to_k.weight'].data[1]).toBe(
      state['block.1.attn.qkv.kernel'].data[48 + 16],
    );
    expect(official['transformer_blocks.1.attn1.to_v.bias'].data[3]).toBe(state['block.1.attn.qkv.bias'].data[35]);
    expect(Object.keys(official).filter((name) => /positions|pos_embed\./.test(name))).toEqual([
      'pos_embed.proj.weight',
      'pos_embed.proj.bias',
    ]);
    expect(fromOfficial(official, names)).toEqual(state);
    expect(() => diffusersDiTNames(new DiT(small))).toThrow(/a DiT of the flavor diffusers/);
  });

  it('guidedForward: mixes conditional and unconditional predictions, in as many channels as it is told', () => {
    const network = stirred({ ...small, classes: 3, variance: 'predicted' });
    const conditional = network.forward({ ...input(), label: label() }).output;
    const unconditional = network.forward(input()).output;
    const { guided } = guidedForward(network, { ...input(), label: label() }, 3, { scale: 2.5 });
    const expected = tf.add(unconditional, tf.mul(2.5, tf.sub(conditional, unconditional)));
    expect(relativeError(guided, expected)).toBeLessThan(1e-5);
    const one = guidedForward(network, { ...input(), label: label() }, 3, { scale: 2.5, channels: 1 }).guided;
    const parts = [
      tf.slice(expected, [0, 0, 0, 0], [-1, -1, -1, 1]),
      tf.slice(conditional, [0, 0, 0, 1], [-1, -1, -1, 1]),
    ];
    expect(relativeError(one, tf.concat(parts, 3))).toBeLessThan(1e-5);
    expect(() => guidedForward(network, input(), 3, { scale: 2 })).toThrow(/input.label must be given/);
  });

  it.each([
    [{ patch: 3 }, /divisible by the patch 3/],
    [{ heads: 3 }, /width must be divisible by the 3 heads/],
    [{ heads: 8, rotary: true }, /width of a head must be divisible by 4/],
    [{ width: 6, heads: 1 }, /multiple of 4/],
    [{ depth: 0 }, /depth must be a positive integer/],
    [{ variance: 'learned' as never }, /variance must be one of/],
    [{ outputs: 3, variance: 'predicted' as const }, /outputs must be absent with a variance/],
    [{ outputs: 0 }, /outputs must be a positive integer/],
    [
      { mlp: 'relu' as never },
      /mlp must be one of "gelu", "geluExact", "quickGelu", "silu", "swiGlu", "gatedGelu", "gatedSilu"/,
    ],
    [{ norm: 'batch' as never }, /norm must be one of "layer", "rms"/],
    [{ flavor: 'vanilla' as never }, /flavor must be one of "original", "diffusers"/],
    [{ qkNorm: 'batch' as never }, /qkNorm must be/],
    [{ selfConditioning: { after: 'mid' } }, /after must be one of block.0, block.1, got "mid"/],
    [{ projectors: { after: 'block.9', hidden: 4, outputs: [1] } }, /projectors.after must be one of/],
  ])('refuses the configuration %o', (options, message) => {
    expect(() => new DiT({ ...small, ...options })).toThrow(message);
  });
});
