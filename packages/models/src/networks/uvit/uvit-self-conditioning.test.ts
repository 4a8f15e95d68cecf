import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UViT } from './uvit.ts';
import type { UViTOptions, UViTSelfConditioning } from './uvit-config.ts';

const base = { image: [8, 8, 1], patch: 2, width: 16, depth: 4, heads: 2, classes: 3 } as const satisfies UViTOptions;
const conditioned = (selfConditioning: UViTSelfConditioning) => new UViT({ ...base, selfConditioning });
const blocks = ['in.0', 'in.1', 'mid', 'out.0', 'out.1'];

const input = () => ({
  x: tensorOf<tf.Rank.R4>([2, 8, 8, 1], 1),
  noise: tensorOf<tf.Rank.R1>([2], 2),
  label: tf.tensor1d([0, 2], 'int32'),
});

/** Moves the weights of self-conditioning, the zeros among them. */
const stir = (network: UViT) => {
  for (const [i, [name, variable]] of Object.entries(network.variables()).entries()) {
    if (name.startsWith('selfConditioning'))
      variable.assign(tf.add(variable, tensorOf(variable.shape, i, { scale: 0.5 })));
  }
};

onEachBackend('self-conditioning of a UViT', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const everyForm: UViTSelfConditioning[] = [
    ...(['none', 'scalar', 'vector'] as const).flatMap((scale) => [{ scale }, { scale, depth: 1 as const }]),
    ...[{ after: 'in.0' }, { after: 'out.0' }, { stopGradient: true }, { rerouted: false }],
  ];

  it.each(everyForm)('%o begins as its baseline, bit for bit', (form) => {
    const [plain, routed] = [new UViT(base), conditioned(form)];
    for (const [name, variable] of Object.entries(plain.variables())) {
      expect(routed.variables()[name].dataSync(), name).toEqual(variable.dataSync());
    }
    const [a, b] = [plain, routed].map((network) => network.forward(input(), { taps: blocks }));
    expect(b.output.dataSync()).toEqual(a.output.dataSync());
    for (const tap of blocks) expect(b.features[tap].dataSync(), tap).toEqual(a.features[tap].dataSync());
  });

  it.each([
    { after: 'in.1', untouched: ['in.0', 'in.1'] },
    { after: 'mid', untouched: ['in.0', 'in.1', 'mid'] },
    { after: 'out.0', untouched: ['in.0', 'in.1', 'mid', 'out.0'] },
    { after: 'mid', target: 'extraToken' as const, untouched: ['in.0', 'in.1', 'mid'] },
  ])('after $after its weights touch later blocks only ($target)', ({ untouched, ...form }) => {
    const network = conditioned(form);
    const run = () => network.forward(input(), { taps: blocks });
    const before = run();
    stir(network);
    const after = run();
    for (const tap of blocks) {
      const [a, b] = [before, after].map(({ features }) => features[tap].dataSync());
      if (untouched.includes(tap)) expect(b, tap).toEqual(a);
      else expect(b, tap).not.toEqual(a);
    }
    expect(after.output.dataSync()).not.toEqual(before.output.dataSync());
  });

  /** Gradient of later blocks' time token in the weights of the first block, through u alone. */
  const gradientThroughGuide = (form: UViTSelfConditioning) => {
    const network = conditioned({ after: 'in.1', ...form });
    stir(network);
    const weight = network.variables()['in.0.mlp.fc2.kernel'];
    const guide = () => {
      const { features } = network.forward(input(), { taps: ['selfConditioning.project'] });
      return tf.sum(tf.square(features['selfConditioning.project'])) as tf.Scalar;
    };
    return { network, weight, guide };
  };

  it('lets the gradient of the guidance reach the encoder', () => {
    const { weight, guide } = gradientThroughGuide({});
    const { grads } = tf.variableGrads(guide, [weight]);
    expect(tf.max(tf.abs(grads[weight.name])).dataSync()[0]).toBeGreaterThan(1e-6);
  });

  it('stops it with stopGradient', () => {
    const { network, weight, guide } = gradientThroughGuide({ stopGradient: true });
    const own = network.variables()['selfConditioning.project.fc1.kernel'];
    const { grads } = tf.variableGrads(guide, [weight, own]);
    expect(grads[weight.name]).toBeUndefined();
    expect(tf.max(tf.abs(grads[own.name])).dataSync()[0]).toBeGreaterThan(1e-6);
  });

  it('the control has the same weights and no feature in its guidance', () => {
    const [routed, control] = [conditioned({}), conditioned({ rerouted: false })];
    expect(control.parameterSpecs()).toEqual(routed.parameterSpecs());
    [routed, control].forEach(stir);
    const other = { ...input(), x: tensorOf<tf.Rank.R4>([2, 8, 8, 1], 9) };
    const guidance = (network: UViT, of: ReturnType<typeof input>) =>
      network.forward(of, { taps: ['selfConditioning.project'] }).features['selfConditioning.project'].dataSync();
    expect(guidance(routed, other)).not.toEqual(guidance(routed, input()));
    expect(guidance(control, other)).toEqual(guidance(control, input()));
  });

  it('has the pooled feature as a tap: the mean over the patches, or the class token', () => {
    const pooledOf = (network: UViT) => network.forward(input(), { taps: ['mid', 'selfConditioning.pooled'] }).features;
    const mean = pooledOf(conditioned({}));
    const patches = tf.mean(tf.slice(mean.mid, [0, 2, 0]), 1).dataSync();
    mean['selfConditioning.pooled'].dataSync().forEach((value, i) => expect(value).toBeCloseTo(patches[i], 5));
    const token = pooledOf(new UViT({ ...base, classToken: true, selfConditioning: {} }));
    expect(token['selfConditioning.pooled'].dataSync()).toEqual(tf.slice(token.mid, [0, 0, 0], [2, 1, 16]).dataSync());
  });
});
