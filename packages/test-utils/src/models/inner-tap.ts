import { gelu, geluTanh, quickGelu, scaledDotProductAttention, silu } from '@diptych/ops';
import type { NetworkBlock } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import type { ComputedTap } from './official-network.ts';

/** The activations between the layers of an MLP, by their names here. */
export const activations = { gelu, geluTanh, quickGelu, silu } as const;

/** What the inside of an official network is made of. */
export interface InnerTapOptions {
  /** Rows and columns of the tokens. */
  grid: readonly [number, number];
  heads: number;
  activation: keyof typeof activations;
  /** Names of our embeddings that sum to the condition of a block, if there are such. */
  condition?: readonly string[];
}

type Rule = readonly [module: RegExp, tap: (match: string[]) => string | ComputedTap];

/**
 * Our tap for a module deep in an official network, with the outer part of its path renamed to ours already. PyTorch gives
 * convolutions as [N, C, H, W] and heads as [N, heads, T, channels], and has modules for activations, dropout and absent norms.
 */
export function innerTap(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each network has an input type of its own
  network: NetworkBlock<any>,
  { grid, heads, activation, condition = [] }: InnerTapOptions,
): (module: string) => string | ComputedTap {
  const of = (name: string, value: (x: tf.Tensor) => tf.Tensor): ComputedTap => ({
    taps: [name],
    value: (features) => value(features[name]),
  });
  const known = new Set(network.namedBlocks().keys());
  const map = (x: tf.Tensor) => tf.reshape(x, [x.shape[0], ...grid, x.shape[2]!]); // NHWC
  const byHead = (x: tf.Tensor) => tf.transpose(x, [0, 1, 3, 2]); // [B, N, heads, d] -> NHWC of [B, heads, N, d]
  const unnormed = (at: number) => (qkv: tf.Tensor) => {
    const part = tf.split(qkv, 3, -1)[at]; // [B, N, D]
    return byHead(tf.reshape(part, [part.shape[0], part.shape[1]!, heads, part.shape[2]! / heads]));
  };
  const head = (block: string, which: string) =>
    known.has(`${block}.attn.${which}Norm`)
      ? of(`${block}.attn.${which}Norm`, byHead)
      : of(`${block}.attn.qkv`, unnormed(which === 'q' ? 0 : 1));
  /** What the heads of an attention without rotary positions give, side by side: timm has a module there. */
  const mixed = (block: string): ComputedTap => {
    const normed = ['q', 'k'].map((which) => `${block}.attn.${which}Norm`).filter((name) => known.has(name));
    return {
      taps: [`${block}.attn.qkv`, ...normed],
      value: (features) => {
        const [q, k, v] = tf.split(features[`${block}.attn.qkv`], 3, -1).map((part, i) => {
          const apart = tf.reshape(part, [part.shape[0], part.shape[1]!, heads, part.shape[2]! / heads]);
          const norm = i < normed.length ? features[normed[i]] : apart;
          return tf.transpose(norm, [0, 2, 1, 3]) as tf.Tensor4D; // [B, heads, N, d]
        });
        const back = tf.transpose(scaledDotProductAttention(q, k, v), [0, 2, 1, 3]);
        return tf.reshape(back, [back.shape[0], back.shape[1]!, -1]);
      },
    };
  };
  const rules: readonly Rule[] = [
    [/^patchEmbedding\.norm$/, () => 'patchEmbedding'],
    [/^patchEmbedding\.proj$/, ([name]) => of(name, map)],
    [/^timeEmbedding\.mlp$/, () => 'timeEmbedding'],
    [/^timeEmbedding\.(?:mlp\.)?0$/, () => 'timeEmbedding.mlp.fc1'],
    [/^timeEmbedding\.(?:mlp\.)?1$/, () => of('timeEmbedding.mlp.fc1', silu)],
    [/^timeEmbedding\.(?:mlp\.)?2$/, () => 'timeEmbedding.mlp.fc2'],
    [/^labelEmbedding\.embedding_table$/, () => 'labelEmbedding'],
    [
      /\.adaLN(?:_modulation)?\.0$/,
      () => ({
        taps: [...condition],
        value: (features) => silu(tf.addN(condition.map((name) => features[name]))),
      }),
    ],
    [/^(.*)\.adaLN(?:_modulation)?\.1$/, ([, block]) => `${block}.adaLN`],
    [/^(.*)\.attn\.([qk])_norm$/, ([, block, which]) => head(block, which)],
    [/^(.*)\.attn\.norm$/, ([, block]) => mixed(block)],
    [/^(.*)\.attn\.proj_drop$/, ([, block]) => `${block}.attn.proj`],
    [/^(.*)\.mlp\.(?:act|drop|drop1|norm)$/, ([, block]) => of(`${block}.mlp.fc1`, activations[activation])],
    [/^(.*)\.mlp\.drop2$/, ([, block]) => `${block}.mlp.fc2`],
    [/^(.*)\.mlp\.w12$/, ([, block]) => `${block}.mlp.gateValue`],
    [/^(.*)\.mlp\.w3$/, ([, block]) => `${block}.mlp.out`],
    [/^final\.norm_final$/, () => 'final.norm'],
    [/^(projectors\.\d+)\.(0|2|4)$/, ([, name, at]) => `${name}.fc${1 + Number(at) / 2}`],
    [/^(projectors\.\d+)\.(1|3)$/, ([, name, at]) => of(`${name}.fc${(1 + Number(at)) / 2}`, silu)],
  ];
  return (module) => {
    for (const [pattern, tap] of rules) {
      const match = pattern.exec(module);
      if (match) return tap(match);
    }
    return module;
  };
}
