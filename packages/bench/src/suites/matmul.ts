import * as tf from '@tensorflow/tfjs-core';
import { clock } from '../clock.ts';
import { compare, type Side } from '../compare.ts';
import { best } from '../measure.ts';
import { rated, type Result } from '../result.ts';
import { against, engineSides, peerSides, type Suite } from './suite.ts';

/** Products that a denoising network is made of. */
const shapes: { name: string; a: number[]; b: number[] }[] = [
  { name: 'matmul-1024', a: [1024, 1024], b: [1024, 1024] },
  { name: 'matmul-512', a: [512, 512], b: [512, 512] },
  { name: 'matmul-2080x128x512', a: [2080, 128], b: [128, 512] },
  { name: 'matmul-2080x512x128', a: [2080, 512], b: [512, 128] },
  { name: 'matmul-514x512x2048', a: [514, 512], b: [512, 2048] },
  { name: 'matmul-128-heads-65x32x65', a: [128, 65, 32], b: [128, 32, 65] },
];

/** GFLOP/s of matrix products by shape, against PyTorch and against the stock backend, and what the instructions allow. */
export const matmul: Suite = {
  name: 'matmul',
  async run(context) {
    const results: Result[] = [];
    const { peak, repeat, withKernels, note, remark, engines } = context;
    for (const { name, a, b } of shapes) {
      const flop = 2 * a.reduce((product, size) => product * size, 1) * b[b.length - 1];
      const left = tf.randomNormal(a, 0, 1, 'float32', 1);
      const right = tf.randomNormal(b, 0, 1, 'float32', 2);
      // As many as make a turn of a few milliseconds.
      const times = Math.max(Math.round(2e8 / flop), 1);
      const step = () => {
        for (let i = 0; i < times; i++) tf.matMul(left, right).dispose();
      };
      const peers = await peerSides(context, { kind: 'matmul', a, b, times });
      const stock = () => withKernels(false, () => clock(step));
      const sides: Side[] = [
        ...engineSides(context, step, { warmUp: 3 }),
        { name: 'tfjs-wasm', once: stock, most: 3 },
        ...peers.sides,
      ];
      const seconds = await compare(sides, 3 * repeat);
      results.push(
        ...against(context, seconds, (pair, ours, theirs) => rated(`${name}/${pair}`, times * flop, ours, theirs)),
      );
      const ours = seconds[engines[0].name].map((time) => time / times);
      const others = { 'pytorch-1': seconds['pytorch-1']?.map((time) => time / times) };
      const rate = flop / best(ours) / 1e9;
      note(`${name}: ${rate.toFixed(1)} GFLOP/s`);
      if (name === 'matmul-1024') {
        const theirs = others['pytorch-1'] && flop / best(others['pytorch-1']) / 1e9;
        remark(
          `matmul-1024 reaches ${rate.toFixed(1)} of the ${peak.gflops.toFixed(0)} GFLOP/s that 128-bit ${peak.instruction} in registers alone reach on this core` +
            (theirs
              ? `; PyTorch's ${theirs.toFixed(0)} GFLOP/s bound the ratio of any 128-bit kernel by ${(peak.gflops / theirs).toFixed(2)}.`
              : '.'),
        );
      }
      for (const job of peers.jobs) await job.close();
      tf.dispose([left, right]);
    }
    return results;
  },
};
