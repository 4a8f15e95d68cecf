import { conv2d, gelu, groupNorm, layerNorm, modulate, silu, swiGlu } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { clock } from '../clock.ts';
import { compare, type Side } from '../compare.ts';
import { best } from '../measure.ts';
import { timed, type Result } from '../result.ts';
import type { Suite } from '../suites/suite.ts';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Single ops at the sizes of the networks: `train` with the gradients of all inputs, the others forward alone. */
const cases: { name: string; op: Op; shapes: number[][]; train?: boolean }[] = [
  { name: 'gelu-2080x512', op: gelu, shapes: [[2080, 512]], train: true },
  { name: 'silu-4x32x32x128', op: silu, shapes: [[4, 32, 32, 128]], train: true },
  { name: 'swiglu-512x2048', op: swiGlu, shapes: [[512, 2048]], train: true },
  { name: 'layer-norm-2080x128', op: layerNorm as Op, shapes: [[2080, 128], [128], [128]], train: true },
  {
    name: 'group-norm-4x32x32x128',
    op: (x, gamma, beta) => groupNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D),
    shapes: [[4, 32, 32, 128], [128], [128]],
    train: true,
  },
  {
    name: 'modulate-2x256x384',
    op: modulate as Op,
    shapes: [
      [2, 256, 384],
      [2, 384],
      [2, 384],
    ],
    train: true,
  },
  {
    name: 'conv3x3-4x32x32x128',
    op: conv2d as unknown as Op,
    shapes: [[4, 32, 32, 128], [3, 3, 128, 128], [128]],
    train: true,
  },
  { name: 'transpose-32x65x3x4x32', op: (x) => tf.transpose(x, [2, 0, 3, 1, 4]), shapes: [[32, 65, 3, 4, 32]] },
  { name: 'tile-4x16x1x2048', op: (x) => tf.tile(x, [1, 1, 2, 1]), shapes: [[4, 16, 1, 2048]] },
  { name: 'sum-leading-2080x512', op: (x) => tf.sum(x, 0), shapes: [[2080, 512]] },
  { name: 'exp-2080x128', op: (x) => tf.exp(x), shapes: [[2080, 128]] },
  { name: 'tanh-2080x128', op: (x) => tf.tanh(x), shapes: [[2080, 128]] },
];

/** Times of single ops with our kernels and without. */
export const kernelSuite: Suite = {
  name: 'kernels',
  async run({ repeat, withKernels, note }) {
    const results: Result[] = [];
    for (const { name, op, shapes, train = false } of cases) {
      const inputs = shapes.map((shape, index) => tf.randomNormal(shape, 0, 1, 'float32', index + 1));
      const once = () => tf.dispose(tf.tidy(() => (train ? tf.grads(op)(inputs) : op(...inputs))));
      const time = (on: boolean) => () => withKernels(on, () => clock(once));
      const sides: Side[] = [
        { name: 'ours', once: time(true), warmUp: 3 },
        { name: 'tfjs-wasm', once: time(false), warmUp: 1 },
      ];
      const seconds = await compare(sides, 3 * repeat);
      const result = timed(
        `${name}${train ? '-train' : ''}/wasm-1/tfjs-wasm`,
        best(seconds['ours']),
        best(seconds['tfjs-wasm']),
      );
      results.push(result);
      note(`${result.name}: ${result.ours.toFixed(2)} ms, stock ${result.theirs.toFixed(2)} ms`);
      tf.dispose(inputs);
    }
    return results;
  },
};
