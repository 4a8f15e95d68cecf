import { DiT, ditPresets, UViT, uvitPresets } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { netOf, type NetSpecification } from './net.ts';

const times = (batch: number) => tf.tensor1d(Array.from({ length: batch }, (_, i) => (i + 1) / (batch + 1)));

/** Multiplications and additions of the blocks of a transformer: projections, MLP, and attention over all tokens. */
const blocksFlop = ({ width, tokens, blocks }: { width: number; tokens: number; blocks: number }) =>
  2 * tokens * blocks * (12 * width ** 2 + 2 * tokens * width);

/** U-ViT-S/2 for CIFAR-10, unconditional, 44 M parameters. */
export function uvitSpecification(batch = 2): NetSpecification {
  const { patch, width, depth, heads } = uvitPresets['S/2'];
  const image = [32, 32, 3] as const;
  const tokens = (image[0] / patch) ** 2 + 1;
  const skips = 2 * tokens * (depth / 2) * 2 * width ** 2;
  const ends = 2 * ((2 * tokens - 1) * patch ** 2 * 3 * width + 32 * 32 * 9 * 9);
  return {
    name: 'uvit-s2',
    note: `U-ViT-S/2 on CIFAR-10 images: 44.3 M parameters, ${tokens} tokens, batch ${batch}`,
    flop: batch * (blocksFlop({ width, tokens, blocks: depth + 1 }) + skips + ends),
    peer: { kind: 'uvit', image, patch, width, depth, heads, batch },
    build: () => netOf(new UViT({ ...uvitPresets['S/2'], image, seed: 1 }), { noise: times(batch) }, [batch, ...image]),
  };
}

/** DiT-S/2 on latents of 32x32x4 with 1000 classes and learned variance, 33 M parameters. */
export function ditSpecification(batch = 2): NetSpecification {
  const { patch, width, depth, heads } = ditPresets['S/2'];
  const image = [32, 32, 4] as const;
  const tokens = (image[0] / patch) ** 2;
  const conditions = 2 * (256 * width + width ** 2 + (6 * depth + 2) * width ** 2);
  const ends = 2 * tokens * patch ** 2 * (4 + 8) * width;
  return {
    name: 'dit-s2',
    note: `DiT-S/2 on latents 32x32x4: 32.9 M parameters, ${tokens} tokens, batch ${batch}`,
    flop: batch * (blocksFlop({ width, tokens, blocks: depth }) + conditions + ends),
    peer: { kind: 'dit', image, patch, width, depth, heads, classes: 1000, batch },
    build: () =>
      netOf(
        new DiT({ ...ditPresets['S/2'], image, classes: 1000, seed: 1 }),
        { noise: times(batch), label: tf.range(0, batch, 1, 'int32') },
        [batch, ...image],
        [batch, 32, 32, 8],
      ),
  };
}
