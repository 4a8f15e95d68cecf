import { attention as attend } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { clock } from '../clock.ts';
import { compare, type Side } from '../compare.ts';
import { best } from '../measure.ts';
import { rated, type Result } from '../result.ts';
import { against, engineSides, peerSides, type Suite } from './suite.ts';

/** Attention as the networks have it: batch, tokens, heads and width of one head. */
const shapes = [
  { of: 'vit', batch: 32, tokens: 65, heads: 4, head: 32 },
  { of: 'uvit-s2', batch: 2, tokens: 257, heads: 8, head: 64 },
  { of: 'dit-s2', batch: 2, tokens: 256, heads: 6, head: 64 },
  { of: 'unet', batch: 4, tokens: 256, heads: 1, head: 256 },
  { of: 'long', batch: 1, tokens: 1024, heads: 8, head: 64 },
];

/** GFLOP/s of attention over packed queries, keys and values; `-train` with the gradient, counted as three times the forward pass. */
export const attention: Suite = {
  name: 'attention',
  async run(context) {
    const results: Result[] = [];
    const { repeat, withKernels, note, engines } = context;
    for (const { of, batch, tokens, heads, head } of shapes) {
      for (const train of [false, true]) {
        const width = heads * head;
        const flop = 4 * batch * heads * tokens ** 2 * head * (train ? 3 : 1);
        const name = `attention-${of}-${batch}x${heads}x${tokens}x${head}${train ? '-train' : ''}`;
        const qkv = tf.randomNormal([batch, tokens, 3 * width], 0, 1, 'float32', 1) as tf.Tensor3D;
        const dy = tf.randomNormal([batch, tokens, width], 0, 1, 'float32', 2);
        const gradient = tf.grad((x: tf.Tensor) => attend(x as tf.Tensor3D, { heads }));
        const step = () => tf.dispose(train ? gradient(qkv, dy) : attend(qkv, { heads }));
        const stock = () => withKernels(false, () => clock(step));
        const peers = await peerSides(context, { kind: 'attention', batch, tokens, heads, width, train });
        const sides: Side[] = [
          ...engineSides(context, step, { warmUp: 3 }),
          { name: 'tfjs-wasm', once: stock, warmUp: 0, most: 2 },
          ...peers.sides,
        ];
        const seconds = await compare(sides, 2 * repeat);
        results.push(
          ...against(context, seconds, (pair, ours, theirs) => rated(`${name}/${pair}`, flop, ours, theirs)),
        );
        note(`${name}: ${(flop / best(seconds[engines[0].name]) / 1e9).toFixed(1)} GFLOP/s`);
        for (const job of peers.jobs) await job.close();
        tf.dispose([qkv, dy]);
      }
    }
    return results;
  },
};
