import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adamW } from './adam-w.ts';
import { muon } from './muon.ts';
import type { MuonOptions } from './muon.ts';
import { spectralScale } from './rules/muon-rule.ts';
import { orthogonalize } from './rules/orthogonalize.ts';

/** A weight of torch, [out, in] row by row, as a kernel [in, out], and back. */
const transposed = (rows: number[], out: number, inputs: number) =>
  Array.from({ length: inputs }, (_, j) => Array.from({ length: out }, (__, i) => rows[i * inputs + j]));

interface Case {
  shape: readonly [number, number];
  options: MuonOptions;
  first: number[];
  fourth: number[];
}

const original = { scale: spectralScale, weightDecay: 0.1 };
const plain = { momentum: 0.9, nesterov: false, weightDecay: 0 };

/**
 * Weights after one and four steps of `torch.optim.Muon` 2.15 in float64, its `torch.bfloat16` replaced by float64, at
 * lr 0.02: w_k = sin(1 + k), g_k = cos(t (1 + k)), a tenth of it from the third step on.
 */
const cases: Case[] = [
  {
    shape: [3, 2],
    options: original,
    first: [0.828635596, 0.9163874013, 0.1574461833, -0.7462638166, -0.9596770582, -0.2952767483],
    fourth: [0.8720034539, 0.9472586569, 0.1538403823, -0.7271184709, -0.9164915055, -0.3311216943],
  },
  {
    shape: [3, 2],
    options: plain,
    first: [0.8383165965, 0.9118171507, 0.1458175773, -0.754249819, -0.9596796435, -0.2840597985],
    fourth: [0.8509737636, 0.9213605528, 0.1520325626, -0.7478537712, -0.947078181, -0.2938762496],
  },
  {
    shape: [2, 3],
    options: original,
    first: [0.8450780589, 0.9218496503, 0.1510769245, -0.7400688334, -0.9483646296, -0.284738359],
    fourth: [0.8415433513, 0.9707248348, 0.1631720289, -0.720777099, -0.9373114524, -0.3242585043],
  },
  {
    shape: [2, 3],
    options: plain,
    first: [0.8433035001, 0.9142756243, 0.1446669559, -0.7515301129, -0.9559306685, -0.281452976],
    fourth: [0.8414645011, 0.9356104655, 0.150265297, -0.7459704117, -0.9544869248, -0.295448331],
  },
];

const numbers = (count: number, f: (k: number) => number) => Array.from({ length: count }, (_, k) => f(k));

onEachBackend('muon', () => {
  it.each(cases)('makes the steps of PyTorch on [$shape]', ({ shape: [out, inputs], options, first, fourth }) => {
    const matrix = (f: (k: number) => number) => tf.tensor2d(transposed(numbers(6, f), out, inputs));
    const kernel = tf.variable(matrix((k) => Math.sin(1 + k)));
    const state = muon(options).init({ 'mlp.kernel': kernel });
    const after: number[][] = [];
    for (let t = 1; t <= 4; t++) {
      state.update({ 'mlp.kernel': matrix((k) => Math.cos(t * (1 + k)) * (t < 3 ? 1 : 0.1)) }, 0.02);
      after.push([...tf.transpose(kernel).dataSync()]);
    }
    expectClose(after[0], first, { rtol: 1e-6, atol: 1e-6 });
    expectClose(after[3], fourth, { rtol: 1e-6, atol: 2e-6 });
  });

  it('takes a kernel of a convolution as the matrix from all its inputs, where it is told to', () => {
    const values = numbers(24, (k) => Math.sin(k * k));
    const [conv, flat] = [tf.variable(tf.tensor4d(values, [2, 3, 2, 2])), tf.variable(tf.tensor2d(values, [12, 2]))];
    const gradient = tf.tensor2d(numbers(24, Math.cos), [12, 2]);
    muon({ match: 'kernel' })
      .init({ kernel: conv })
      .update({ kernel: tf.reshape(gradient, [2, 3, 2, 2]) }, 0.1);
    muon().init({ kernel: flat }).update({ kernel: gradient }, 0.1);
    expect([...conv.dataSync()]).toEqual([...flat.dataSync()]);
  });

  it('moves everything but hidden matrices by AdamW', () => {
    const shapes: Record<string, number[]> = {
      'blocks.0.mlp.kernel': [3, 2],
      'blocks.0.mlp.bias': [2],
      'blocks.0.conv.kernel': [1, 1, 2, 2],
      positions: [4, 2],
      'label.table': [5, 2],
      'patchEmbedding.proj.kernel': [2, 3],
      'final.linear.kernel': [3, 2],
    };
    const make = () =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, shape], i) => {
          const size = shape.reduce((a, b) => a * b, 1);
          return [
            name,
            tf.variable(
              tf.tensor(
                numbers(size, (k) => Math.sin(i + k)),
                shape,
              ),
            ),
          ];
        }),
      );
    const [mixed, alone] = [make(), make()];
    const optimizers = [muon().init(mixed), adamW({ beta2: 0.95, weightDecay: 0.1 }).init(alone)];
    for (let t = 0; t < 3; t++) {
      const gradients = Object.fromEntries(
        Object.entries(mixed).map(([name, { shape, size }]) => [
          name,
          tf.tensor(
            numbers(size, (k) => Math.cos(t + 2 * k)),
            shape,
          ),
        ]),
      );
      for (const optimizer of optimizers) optimizer.update(gradients, 0.01);
      tf.dispose(gradients);
    }
    const same = Object.keys(shapes).filter(
      (name) => String(mixed[name].dataSync()) === String(alone[name].dataSync()),
    );
    expect(same).toEqual(Object.keys(shapes).slice(1));
    const tensors = optimizers[0].tensors();
    expect(Object.keys(tensors).filter((name) => name.endsWith('mlp.kernel'))).toEqual([
      'momentum.blocks.0.mlp.kernel',
    ]);
    expect(tensors['secondMoment.positions'].shape).toEqual([4, 2]);
    tf.dispose(tensors);
  });
});

onEachBackend('orthogonalize', () => {
  it('keeps the singular vectors and brings the singular values near 1, of wide and of high matrices', () => {
    for (const shape of [
      [3, 3],
      [2, 5],
      [5, 2],
    ] as const) {
      tf.tidy(() => {
        const [n, m] = shape;
        const short = Math.min(n, m);
        // Singular vectors of the discrete cosine transform.
        const basis = (size: number) =>
          tf.tensor2d(
            numbers(size * short, (i) => {
              const [row, column] = [Math.floor(i / short), i % short];
              const scale = Math.sqrt((column === 0 ? 1 : 2) / size);
              return scale * Math.cos((Math.PI * (row + 0.5) * column) / size);
            }),
            [size, short],
          );
        const singular = tf.tensor1d([5, 1, 0.3].slice(0, short));
        const [u, v] = [basis(n), basis(m)];
        const y = orthogonalize(tf.matMul(tf.mul(u, singular), v, false, true) as tf.Tensor2D);
        const inside = tf.matMul(tf.matMul(u, y, true, false), v).arraySync() as number[][];
        inside.forEach((row, i) =>
          row.forEach((value, j) => {
            if (i === j) expect(Math.abs(value - 1)).toBeLessThan(0.35);
            else expect(Math.abs(value)).toBeLessThan(1e-5);
          }),
        );
      });
    }
  });

  it('makes zeros of zeros, and leaves nothing behind', () => {
    const x = tf.zeros<tf.Rank.R2>([2, 3]);
    const before = tf.memory().numTensors;
    const y = orthogonalize(x);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([...y.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(x.isDisposed).toBe(false);
  });
});

describe('muon refuses', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a momentum of 1', () => muon({ momentum: 1 }), /muon: momentum must be a number in \[0, 1\), got 1/],
    ['no iterations', () => muon({ iterations: 0 }), /muon: iterations must be a positive integer/],
    ['a beta of 1', () => muon({ adamW: { beta1: 1 } }), /muon: adamW.beta1 must be a number in/],
    ['a negative weight decay', () => muon({ weightDecay: -1 }), /muon: weightDecay must be a finite number >= 0/],
    ['half an iteration', () => orthogonalize(tf.zeros([2, 2]), { iterations: 0.5 }), /iterations must be/],
    ['a vector', () => orthogonalize(tf.zeros([2]) as never), /orthogonalize: x must be a matrix/],
    [
      'a vector among the matrices',
      () =>
        muon({ match: 'bias' })
          .init({ bias: tf.variable(tf.zeros([2])) })
          .update({}, 1),
      /shape of a weight must be of two axes or more, got \[2\]/,
    ],
  ])('%s', (_, fn, message) => {
    expect(fn).toThrow(message);
  });
});
