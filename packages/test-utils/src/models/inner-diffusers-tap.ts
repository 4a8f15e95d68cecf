import type { DiT } from '@diptych/models';
import type { DiTMlp } from '@diptych/models/networks';
import { gelu, geluTanh, modulate, quickGelu, silu } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { ComputedTap } from './official-network.ts';

/** What stands between the two layers of the MLP, of what the first returns. */
const gated = (activation: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => {
  const [value, gate] = tf.split(x, 2, -1);
  return tf.mul(value, activation(gate));
};
const between: Readonly<Partial<Record<DiTMlp, (x: tf.Tensor) => tf.Tensor>>> = {
  ...{ gelu: geluTanh, geluExact: gelu, quickGelu, silu },
  ...{ gatedGelu: gated(gelu), gatedSilu: gated(silu) },
};

type Rule = readonly [module: RegExp, tap: (match: string[]) => string | ComputedTap];

/** Our tap for a module of diffusers' DiT: its norms modulate, its patch embedding adds the positions. */
export function innerDiffusersTap(network: DiT, mlp: DiTMlp): (module: string) => string | ComputedTap {
  const { image, patch } = network.config;
  const [first, last] = mlp.startsWith('gated') ? ['valueGate', 'out'] : ['fc1', 'fc2'];
  const of = (name: string, value: (x: tf.Tensor) => tf.Tensor): ComputedTap => ({
    taps: [name],
    value: (features) => value(features[name]),
  });
  const time = (i: string) => (i === '0' ? 'timeEmbedding' : `condition.${i}.time`);
  const label = (i: string) => (i === '0' ? 'labelEmbedding' : `condition.${i}.label`);
  const condition = (i: string, value: (x: tf.Tensor) => tf.Tensor): ComputedTap => ({
    taps: [time(i), label(i)],
    value: (features) => value(tf.add(features[time(i)], features[label(i)])),
  });
  const rules: readonly Rule[] = [
    [/^pos_embed$/, () => of('patchEmbedding', (x) => tf.add(x, network.variables().positions))],
    [
      /^pos_embed\.proj$/,
      () => of('patchEmbedding', (x) => tf.reshape(x, [x.shape[0], image[0] / patch, image[1] / patch, x.shape[2]!])),
    ],
    [/^block\.(\d+)\.norm1$/, ([block]) => modulated(block.replace(/\.norm1$/, ''))],
    [/^block\.(\d+)\.norm1\.norm$/, ([, i]) => `block.${i}.norm1`],
    [/^block\.(\d+)\.norm1\.linear$/, ([, i]) => `block.${i}.adaLN`],
    [/^block\.(\d+)\.norm1\.silu$/, ([, i]) => condition(i, silu)],
    [/^block\.(\d+)\.norm1\.emb$/, ([, i]) => condition(i, (x) => x)],
    [/^block\.(\d+)\.norm1\.emb\.timestep_embedder$/, ([, i]) => time(i)],
    [/\.(\d+)\.norm1\.emb\.timestep_embedder\.linear_([12])$/, ([, i, at]) => `${time(i)}.mlp.fc${at}`],
    [/\.(\d+)\.norm1\.emb\.timestep_embedder\.act$/, ([, i]) => of(`${time(i)}.mlp.fc1`, silu)],
    [/\.(\d+)\.norm1\.emb\.class_embedder(?:\.embedding_table)?$/, ([, i]) => label(i)],
    [/^(.*)\.attn1$/, ([, block]) => `${block}.attn`],
    [/^(.*)\.attn1\.to_([qkv])$/, ([, block, which]) => of(`${block}.attn.qkv`, third('qkv'.indexOf(which)))],
    [/^(.*)\.attn1\.to_out\.[01]$/, ([, block]) => `${block}.attn.proj`],
    [/^(.*)\.norm3$/, ([, block]) => `${block}.norm2`],
    [/^(.*)\.ff$/, ([, block]) => `${block}.mlp`],
    [/^(.*)\.ff\.net\.0\.proj$/, ([, block]) => `${block}.mlp.${first}`],
    [/^(.*)\.ff\.net\.[01]$/, ([, block]) => of(`${block}.mlp.${first}`, between[mlp]!)],
    [/^(.*)\.ff\.net\.2$/, ([, block]) => `${block}.mlp.${last}`],
    [/^norm_out$/, () => 'final.norm'],
    [/^proj_out_1$/, () => 'final.adaLN'],
    [/^proj_out_2$/, () => 'final.linear'],
  ];
  return (module) => {
    const name = module.replace(/^transformer_blocks/, 'block');
    for (const [pattern, tap] of rules) {
      const match = pattern.exec(name);
      if (match) return tap(match);
    }
    return name;
  };
}

/** One of the three parts of the last axis. */
const third = (at: number) => (x: tf.Tensor) => tf.split(x, 3, -1)[at];

/** Their first norm modulates. */
function modulated(block: string): ComputedTap {
  const [norm, adaLN] = [`${block}.norm1`, `${block}.adaLN`];
  return {
    taps: [norm, adaLN],
    value: (features) => {
      const [shift, scale] = tf.split(features[adaLN], 6, 1) as tf.Tensor2D[];
      return modulate(features[norm] as tf.Tensor3D, scale, shift);
    },
  };
}
