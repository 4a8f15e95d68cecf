import { key } from '@diptych/core';
import { FakeNetwork } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import { autoencoding, seededBatches, take, weightsOf } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { train } from '../loop/train.ts';
import type { TrainOptions } from '../loop/train-options.ts';
import { adamW } from './adam-w.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import type { Optimizer } from './optimizer.ts';
import { matchesWeight, noDecayOnVectors } from './parameter-groups.ts';
import type { ParameterGroup } from './parameter-groups.ts';
import { partition } from './partition.ts';
import { adamRule } from './rules/adam-rule.ts';
import { sgdRule } from './rules/sgd-rule.ts';
import type { UpdateRule } from './rules/update-rule.ts';
import { sgd } from './sgd.ts';

const variables = () => ({
  'network.mid.kernel': tf.variable(
    tf.tensor2d([
      [1, -2],
      [0.5, 3],
    ]),
  ),
  'network.mid.bias': tf.variable(tf.tensor1d([0.25, -0.25])),
  'network.label.table': tf.variable(tf.tensor2d([[2, 4]])),
});
const values = (of: Record<string, tf.Tensor>) =>
  Object.fromEntries(Object.entries(of).map(([name, t]) => [name.replace('network.', ''), [...t.dataSync()]]));
const ones = (of: Record<string, tf.Tensor>) =>
  Object.fromEntries(Object.entries(of).map(([name, t]) => [name, tf.onesLike(t)])) as tf.NamedTensorMap;

/** The weights after an update with gradient 1 and learning rate 0.5. */
function after(optimizer: Optimizer) {
  const held = variables();
  const gradients = ones(held);
  optimizer.init(held).update(gradients, 0.5);
  return values(held);
}

onEachBackend('parameter groups', () => {
  it('multiply the learning rate, replace the weight decay, and freeze, the last group to say a thing deciding', () => {
    const groups: ParameterGroup[] = [
      { match: /mid/, learningRateFactor: 0.5, weightDecay: 1 },
      { match: 'bias', weightDecay: 0 },
      { match: (name, shape) => name.endsWith('table') && shape[0] === 1, frozen: true },
    ];
    // sgd adds the decay to the gradient: x - 0.5 factor (1 + decay x).
    expect(after(sgd({ weightDecay: 2, groups }))).toEqual({
      'mid.kernel': [0.5, -1.75, 0.125, 2],
      'mid.bias': [0, -0.5],
      'label.table': [2, 4],
    });
    expect(after(sgd({ weightDecay: 2, groups: [{ match: 'label.*', frozen: false }] }))['label.table']).toEqual([
      -0.5, -0.5,
    ]);
  });

  it.each<[string, (groups?: ParameterGroup[]) => Optimizer]>([
    ['adamW', (groups) => adamW({ groups })],
    ['lion', (groups) => lion({ groups })],
    ['muon', (groups) => muon({ groups })],
  ])('of %s keep no state for frozen weights, and leave all others as they would be', (_, make) => {
    const held = variables();
    const state = make([{ match: 'label.*', frozen: true }]).init(held);
    expect(state.packing.names).toEqual(['network.mid.kernel', 'network.mid.bias']);
    expect(Object.keys(state.tensors()).some((name) => name.includes('label'))).toBe(false);
    const expected = { ...after(make()), 'label.table': [2, 4] };
    expect(after(make([{ match: 'label.*', frozen: true }]))).toEqual(expected);
  });

  it('noDecayOnVectors decays matrices alone', () => {
    expect(after(sgd({ weightDecay: 2, groups: [noDecayOnVectors()] }))).toEqual({
      'mid.kernel': [-0.5, -0.5, -0.5, -0.5],
      'mid.bias': [-0.25, -0.75],
      'label.table': [1.5, 3.5],
    });
  });

  it('partition gives each weight to the first part that matches', () => {
    const parts = [
      { match: 'kernel', rule: sgdRule({ momentum: 0.9 }) as UpdateRule },
      { rule: adamRule() as UpdateRule },
    ];
    const optimizer = partition(parts, { name: 'mixed' });
    expect(optimizer.settings).toEqual({
      ...{ momentum: 0.9, dampening: 0, nesterov: false },
      ...{ '1.beta1': 0.9, '1.beta2': 0.999, '1.epsilon': 1e-8 },
    });
    const [mixed, first, second] = [after(optimizer), after(sgd({ momentum: 0.9 })), after(adamW({ weightDecay: 0 }))];
    expect(mixed).toEqual({ ...second, 'mid.kernel': first['mid.kernel'] });
    const some = partition([{ match: 'kernel', rule: adamRule() as UpdateRule }], { name: 'some' });
    expect(() => some.init(variables())).toThrow(/some: parts must be such that one matches 'network.mid.bias'/);
  });
});

describe('parameter groups in a training', () => {
  const small = (over: Partial<TrainOptions>) => {
    const network = new FakeNetwork();
    const options = { network, objective: autoencoding, data: seededBatches(), key: key(0), checkLeaks: true };
    return { network, run: train({ ...options, optimizer: sgd({ learningRate: 0.1 }), ...over }) };
  };

  it('frozen weights stay, count in no gradient norm, and need no gradient', async () => {
    await tf.setBackend('cpu');
    const free = small({});
    const [whole] = await take(free.run, 1);
    const frozen = small({ optimizer: sgd({ learningRate: 0.1, groups: [{ match: 'embed', frozen: true }] }) });
    const before = await weightsOf(frozen.network);
    const [event] = await take(frozen.run, 1);
    const [now, moved] = [await weightsOf(frozen.network), await weightsOf(free.network)];
    expect(now).toEqual({ ...moved, embed: before.embed });
    expect(event.gradientNorm).toBeLessThan(whole.gradientNorm);
    expect(event.loss).toBe(whole.loss);
  });

  it('are recorded: a checkpoint resumes with the same groups only', async () => {
    const optimizer = (factor: number) => adamW({ groups: [{ match: /bias$/, learningRateFactor: factor }] });
    const { run } = small({ optimizer: optimizer(2) });
    await take(run, 1);
    const resume = await run.checkpoint();
    expect(resume.state.config['optimizer']).toMatchObject({ groups: '[{"match":"/bias$/","learningRateFactor":2}]' });
    await expect(take(small({ resume, optimizer: optimizer(2) }).run, 1)).resolves.toHaveLength(1);
    await expect(take(small({ resume, optimizer: optimizer(3) }).run, 1)).rejects.toThrow(/optimizer.groups must be/);
  });

  it('a group without weights is refused by its name before the first step', async () => {
    const { run } = small({
      optimizer: adamW({ groups: [{ match: 'bias' }, { match: 'norm.gama', weightDecay: 0 }] }),
    });
    await expect(take(run, 1)).rejects.toThrow(
      /adamW: match of groups\[1\] must be one that matches a weight \(network\.embed.*\), got "norm.gama"/,
    );
  });
});

describe('a weight pattern', () => {
  it.each<[string | RegExp, string, boolean]>([
    ['bias', 'network.mid.bias', true],
    ['bias', 'bias', true],
    ['bias', 'network.mid.unbias', false],
    ['bias', 'network.bias.kernel', false],
    ['mid.*', 'network.mid.bias', true],
    ['network.*', 'objective.network.x', true],
    ['norm*.gamma', 'network.blocks.0.norm1.gamma', true],
    ['*', 'anything.at.all', true],
    ['mid.b?as', 'mid.bias', false],
    [/blocks\.[01]\./g, 'network.blocks.1.mlp.kernel', true],
    [/blocks\.[01]\./g, 'network.blocks.2.mlp.kernel', false],
  ])('%s, %s: %s', (pattern, name, expected) => {
    expect([1, 2].map(() => matchesWeight(pattern, name, [1]))).toEqual([expected, expected]);
  });
});

describe('parameter groups refuse', () => {
  it.each<[string, ParameterGroup[], RegExp]>([
    [
      'a misspelt setting',
      [{ match: '*', lr: 2 } as never],
      /"lr" is not an option of groups\[0\]; did you mean learningRateFactor\?/,
    ],
    ['an empty pattern', [{ match: '' }], /groups\[0\].match must be a pattern/],
    ['no pattern', [{} as never], /groups\[0\].match must be a pattern/],
    [
      'a negative factor',
      [{ match: '*', learningRateFactor: -1 }],
      /learningRateFactor must be a finite number >= 0, got -1/,
    ],
    ['a decay that is NaN', [{ match: '*', weightDecay: NaN }], /groups\[0\].weightDecay must be a finite/],
    ['to freeze everything', [{ match: '*', frozen: true }], /groups must be such that a weight is left to train/],
  ])('%s', (_, groups, message) => {
    expect(() => adamW({ groups }).init(variables())).toThrow(message);
  });
});
