import * as tf from '@tensorflow/tfjs-core';
import { best, measure } from '../measure.ts';
import { rated, type Result } from '../result.ts';
import type { Suite } from './suite.ts';

/** Products that a denoising network is made of. */
const shapes: { name: string; a: number[]; b: number[] }[] = [
  { name: 'matmul-1024', a: [1024, 1024], b: [1024, 1024] },
  { name: 'matmul-512', a: [512, 512], b: [512, 512] },
  { name: 'matmul-2080x128x512', a: [2080, 128], b: [128, 512] },
  { name: 'matmul-2080x512x128', a: [2080, 512], b: [512, 128] },
  { name: 'matmul-128-heads-65x32x65', a: [128, 65, 32], b: [128, 32, 65] },
];

/** GFLOP/s of matrix products by shape, against PyTorch and against the stock backend. */
export const matmul: Suite = {
  name: 'matmul',
  async run({ pytorch, repeat, withKernels, note }) {
    const results: Result[] = [];
    for (const { name, a, b } of shapes) {
      const flop = 2 * a.reduce((product, size) => product * size, 1) * b[b.length - 1];
      const left = tf.randomNormal(a, 0, 1, 'float32', 1);
      const right = tf.randomNormal(b, 0, 1, 'float32', 2);
      const time = (on: boolean, repeat: number) =>
        withKernels(on, async () => best(await measure(() => tf.matMul(left, right).dispose(), { repeat })));
      const ours = await time(true, 2 * repeat);
      results.push(rated(`${name}/wasm-1/tfjs-wasm`, flop, ours, await time(false, Math.min(repeat, 3))));
      if (pytorch) {
        const theirs = best(await pytorch.run({ kind: 'matmul', a, b, threads: 1, repeat: 2 * repeat }));
        results.push(rated(`${name}/wasm-1/pytorch-1`, flop, ours, theirs));
      }
      note(`${name}: ${(flop / ours / 1e9).toFixed(1)} GFLOP/s`);
      tf.dispose([left, right]);
    }
    return results;
  },
};
