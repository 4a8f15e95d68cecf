import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adamW } from './adam-w.ts';
import { adam } from './adam.ts';
import { decayMatrices } from './decay-matrices.ts';
import { elementwise } from './elementwise.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import { nadam } from './nadam.ts';
import type { Optimizer } from './optimizer.ts';
import { radam } from './radam.ts';
import { sgd } from './sgd.ts';

const all: [string, () => Optimizer][] = [
  ['adamW', () => adamW()],
  ['adam', () => adam()],
  ['sgd', () => sgd({ momentum: 0.9 })],
  ['sgd without momentum', () => sgd()],
  ['radam', () => radam({ beta2: 0.9 })],
  ['nadam', () => nadam()],
  ['lion', () => lion()],
  ['muon', () => muon()],
];
const variables = () => ({
  'mid.kernel': tf.variable(
    tf.tensor2d([
      [1, -2],
      [0.5, 3],
    ]),
  ),
  'mid.bias': tf.variable(tf.tensor1d([0.25, -0.25])),
});
const values = (of: Record<string, tf.Tensor>) => Object.values(of).flatMap((t) => [...t.dataSync()]);
const gradientsOf = (step: number) =>
  tf.tidy(() => ({
    'mid.kernel': tf.tensor2d([
      [Math.sin(step), 0.1],
      [-2, Math.cos(step)],
    ]),
    'mid.bias': tf.tensor1d([0.5, -step]),
  }));

onEachBackend('every optimizer', () => {
  it.each(all)(
    '%s keeps the number of tensors and of bytes the same from update to update, and frees its own',
    (_, optimizer) => {
      const held = variables();
      const start = tf.memory();
      const state = optimizer().init(held);
      const gradients = gradientsOf(1);
      const sizes = Array.from({ length: 4 }, () => {
        state.update(gradients, 1e-2);
        return [tf.memory().numTensors, tf.memory().numBytes];
      });
      expect(sizes).toEqual(sizes.map(() => sizes[0]));
      tf.dispose(gradients);
      state.dispose();
      expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([start.numTensors, start.numBytes]);
    },
  );

  it.each(all)('%s goes on exactly from the state it was asked for, under names of the variables', (_, optimizer) => {
    const [straight, first, second] = [variables(), variables(), variables()];
    const [a, b, c] = [straight, first, second].map((held) => optimizer().init(held));
    for (let step = 1; step <= 6; step++) a.update(gradientsOf(step), 0.01 * step);
    for (let step = 1; step <= 3; step++) b.update(gradientsOf(step), 0.01 * step);
    const saved = b.tensors();
    for (const name of Object.keys(saved)) expect(name).toMatch(/^[a-zA-Z]+\.mid\.(kernel|bias)$/);
    c.restore(saved, b.count);
    tf.dispose(saved);
    for (const name of Object.keys(second)) second[name as 'mid.bias'].assign(first[name as 'mid.bias']);
    for (let step = 4; step <= 6; step++) c.update(gradientsOf(step), 0.01 * step);
    expect(values(second)).toEqual(values(straight));
    expect(c.count).toBe(6);
  });

  it.each(all)('%s takes packed gradients as well as named ones, and leaves both to the caller', (_, optimizer) => {
    const [named, packed] = [variables(), variables()];
    const [a, b] = [optimizer().init(named), optimizer().init(packed)];
    const gradients = gradientsOf(2);
    const vectors = b.packing.pack(gradients);
    a.update(gradients, 0.1);
    b.update(vectors, 0.1);
    expect(values(packed)).toEqual(values(named));
    expect([...Object.values(gradients), ...vectors].some(({ isDisposed }) => isDisposed)).toBe(false);
  });

  it.each(all)('%s multiplies the gradient by a factor as if it had come multiplied', (_, optimizer) => {
    const [scaled, left] = [variables(), variables()];
    const [a, b] = [optimizer().init(scaled), optimizer().init(left)];
    const factor = tf.scalar(0.3);
    for (let step = 1; step <= 3; step++) {
      const gradients = gradientsOf(step);
      const multiplied = Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]);
      a.update(Object.fromEntries(multiplied) as tf.NamedTensorMap, 0.1);
      b.update(gradients, 0.1, factor);
    }
    expect(values(left)).toEqual(values(scaled));
    expect([b.takesFactor, factor.isDisposed]).toEqual([true, false]);
  });

  it.each(all)('%s comes to the minimum of a quadratic', (_, optimizer) => {
    const x = tf.variable(tf.tensor1d([3, -2]));
    const state = optimizer().init({ x });
    for (let step = 0; step < 400; step++)
      tf.tidy(() => state.update({ x: tf.mul(tf.sub(x, [1, 2]), 2) }, 0.05 * (1 - step / 400)));
    expectClose(x.dataSync(), [1, 2], { rtol: 0, atol: 0.05 });
  });
});

describe('adamW', () => {
  it('moves by the learning rate on the first step, whatever the size of the gradient', () => {
    const x = tf.variable(tf.tensor1d([1, 1, 1]));
    adamW({ weightDecay: 0 })
      .init({ x })
      .update({ x: tf.tensor1d([1e-4, -5, 1e4]) }, 0.125);
    expectClose(x.dataSync(), [0.875, 1.125, 0.875], { rtol: 2e-5 });
  });

  it('decays the weights by rate times decay where the gradient is zero, each by its own', () => {
    const held = variables();
    const before = values(held);
    const weightDecay = (name: string, shape: readonly number[]) =>
      name === 'mid.kernel' && shape.length === 2 ? 0.5 : 0;
    adamW({ weightDecay }).init(held).update({}, 0.1);
    expectClose(
      values(held),
      before.map((v, i) => (i < 4 ? v * 0.95 : v)),
      { rtol: 1e-6 },
    );
  });
});

onEachBackend('adamW on a backend with a kernel of its own', (backend) => {
  it('calls it once for each vector, with what its contract names, and takes its results over', () => {
    const calls: object[] = [];
    tf.registerKernel({
      kernelName: 'DiptychAdamW',
      backendName: backend,
      kernelFunc: ({ inputs, attrs }) => {
        calls.push(attrs as object);
        const { parameters, gradient, firstMoment, secondMoment } = inputs as Record<string, tf.Tensor>;
        return [tf.sub(parameters, gradient), tf.add(firstMoment, 1), tf.add(secondMoment, 2)];
      },
    });
    try {
      const held = variables();
      const state = adamW({ beta1: 0.5, beta2: 0.25, epsilon: 0.125, weightDecay: 0.75 }).init(held);
      const before = tf.memory().numTensors;
      state.update(gradientsOf(0), 2);
      state.update(gradientsOf(0), 3);
      expect(calls).toEqual(
        [2, 3].map((rate, i) => ({ rate, decay: 0.75, beta1: 0.5, beta2: 0.25, epsilon: 0.125, count: i + 1 })),
      );
      expectClose(held['mid.bias'].dataSync(), [-0.75, -0.25]);
      const saved = state.tensors();
      expect([saved['firstMoment.mid.bias'].dataSync()[0], saved['secondMoment.mid.bias'].dataSync()[0]]).toEqual([
        2, 4,
      ]);
      tf.dispose(saved);
      expect(tf.memory().numTensors).toBe(before + 4); // the gradients of this test
    } finally {
      tf.unregisterKernel('DiptychAdamW', backend);
    }
  });
});

describe('decayMatrices', () => {
  it('exempts vectors, positions and tokens, and nothing else', () => {
    const decay = decayMatrices(0.1);
    const exempt: [string, number[]][] = [
      ['in.0.attention.qkv.bias', [12]],
      ['mid.norm1.gamma', [4]],
      ['positions', [1, 5, 4]],
      ['patches.position', [5, 4]],
      ['pos_embed', [1, 5, 4]],
      ['classToken', [1, 4]],
    ];
    for (const [name, shape] of exempt) expect([name, decay(name, shape)]).toEqual([name, 0]);
    const decayed: [string, number[]][] = [
      ['in.0.attention.qkv.kernel', [4, 12]],
      ['tokens.mlp.kernel', [4, 4]],
      ['final.conv.kernel', [3, 3, 2, 2]],
      ['label.table', [11, 4]],
    ];
    for (const [name, shape] of decayed) expect([name, decay(name, shape)]).toEqual([name, 0.1]);
  });
});

describe('elementwise', () => {
  it('makes an optimizer of a rule, also of one that hands back what it was given', () => {
    const x = tf.variable(tf.tensor1d([1, 2]));
    const lazy = elementwise(
      {
        slots: ['last', 'never'],
        settings: {},
        update: (gradient, { never }) => ({ step: tf.zerosLike(gradient), slots: { last: gradient, never } }),
      },
      { name: 'lazy', learningRate: 1 },
    );
    const state = lazy.init({ x });
    const gradient = tf.tensor1d([3, 4]);
    state.update({ x: gradient }, 1);
    state.update([gradient], 1);
    const { 'last.x': last, 'never.x': never } = state.tensors();
    expect([[...x.dataSync()], [...last.dataSync()], [...never.dataSync()], [...gradient.dataSync()]]).toEqual([
      [1, 2],
      [3, 4],
      [0, 0],
      [3, 4],
    ]);
  });
});

describe('optimizers refuse', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'the names of PyTorch',
      () => adamW({ betas: [0.9, 0.95] } as never),
      /"betas" is not an option; did you mean beta1 or beta2\?/,
    ],
    [
      'a string as learning rate',
      () => adamW({ learningRate: '1e-3' as never }),
      /learningRate must be a finite number >= 0/,
    ],
    [
      'a rate in place of the options',
      () => sgd(0.1 as never),
      /sgd: options must be an object with any of learningRate, /,
    ],
    ['beta1 of 1', () => adamW({ beta1: 1 }), /adamW: beta1 must be a number in \[0, 1\)/],
    ['beta2 below 0', () => adam({ beta2: -0.1 }), /: beta2 must /],
    ['a negative epsilon', () => radam({ epsilon: -1 }), /: epsilon must /],
    ['a negative weight decay', () => nadam({ weightDecay: -1 }), /: weightDecay must /],
    ['a negative momentum decay', () => nadam({ momentumDecay: -1 }), /: momentumDecay must /],
    ['NaN', () => lion({ beta1: NaN }), /: beta1 must /],
    ['a momentum of 1', () => sgd({ momentum: 1 }), /: momentum must /],
    ['Nesterov without momentum', () => sgd({ nesterov: true }), /: nesterov must /],
    ['Nesterov with dampening', () => sgd({ nesterov: true, momentum: 0.9, dampening: 0.1 }), /: nesterov must /],
    ['dampening above 1', () => sgd({ momentum: 0.9, dampening: 2 }), /: dampening must /],
    [
      'a weight decay function that answers NaN',
      () => adamW({ weightDecay: () => NaN }).init(variables()),
      /weightDecay of 'mid.kernel'/,
    ],
    ['a negative rate', () => adamW().init(variables()).update({}, -1), /rate must be finite and >= 0/],
    [
      'gradients of another shape',
      () =>
        adamW()
          .init(variables())
          .update({ 'mid.bias': tf.scalar(1) }, 1),
      /of shape \[2\]/,
    ],
    [
      'a state that lacks a tensor',
      () => adamW().init(variables()).restore({}, 1),
      /tensors\['firstMoment.mid.kernel'\] must be present/,
    ],
    ['a count that is none', () => sgd().init(variables()).restore({}, -1), /count must be an integer/],
  ])('%s', (_, fn, message) => {
    expect(fn).toThrow(message);
  });
});
