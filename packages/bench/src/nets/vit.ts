import { attention, gelu, layerNorm, linear } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { ViTShape } from './vit-shape.ts';

type Weights = Record<string, tf.Variable<tf.Rank.R1> & tf.Variable<tf.Rank.R2>>;

/** The ViT denoiser written with the functions of `@diptych/ops`, and its weights. */
export interface ViT {
  weights: Weights;
  forward(x: tf.Tensor3D): tf.Tensor3D;
  dispose(): void;
}

export function vit(shape: ViTShape): ViT {
  const { heads, depth, tokens, batch, width } = shape;
  const weights = initial(shape);
  const norm = (x: tf.Tensor, name: string) => layerNorm(x, weights[`${name}.gamma`], weights[`${name}.beta`]);
  const dense = (x: tf.Tensor, name: string) => linear(x, weights[`${name}.kernel`], weights[`${name}.bias`]);
  return {
    weights,
    dispose: () => tf.dispose(weights),
    forward: (x) =>
      tf.tidy(() => {
        const time = tf.tile(weights.time as tf.Tensor as tf.Tensor3D, [batch, 1, 1]);
        let h: tf.Tensor = tf.add(tf.concat([time, dense(x, 'embed')], 1), weights.positions);
        for (let i = 0; i < depth; i++) {
          const at = `blocks.${i}`;
          const qkv = dense(norm(h, `${at}.norm1`), `${at}.qkv`) as tf.Tensor3D;
          h = tf.add(h, dense(attention(qkv, { heads }), `${at}.proj`));
          h = tf.add(h, dense(gelu(dense(norm(h, `${at}.norm2`), `${at}.fc1`)), `${at}.fc2`));
        }
        const out = dense(norm(h, 'norm'), 'head');
        return tf.slice(out as tf.Tensor3D, [0, 1, 0], [batch, tokens - 1, shape.patch]);
      }),
  };

  function initial({ patch }: ViTShape): Weights {
    const weights: Weights = {};
    const put = (name: string, value: tf.Tensor) => {
      weights[name] = tf.variable(value) as Weights[string];
      value.dispose();
    };
    const random = (shape: number[]) => tf.randomNormal(shape, 0, 0.02, 'float32', 1 + Object.keys(weights).length);
    const dense = (name: string, from: number, to: number, bias = true) => {
      put(`${name}.kernel`, random([from, to]));
      if (bias) put(`${name}.bias`, tf.zeros([to]));
    };
    const norm = (name: string) => {
      put(`${name}.gamma`, tf.ones([width]));
      put(`${name}.beta`, tf.zeros([width]));
    };
    dense('embed', patch, width);
    put('time', random([1, 1, width]));
    put('positions', random([tokens, width]));
    for (let i = 0; i < depth; i++) {
      norm(`blocks.${i}.norm1`);
      dense(`blocks.${i}.qkv`, width, 3 * width, false);
      dense(`blocks.${i}.proj`, width, width);
      norm(`blocks.${i}.norm2`);
      dense(`blocks.${i}.fc1`, width, 4 * width);
      dense(`blocks.${i}.fc2`, 4 * width, width);
    }
    norm('norm');
    dense('head', width, patch);
    return weights;
  }
}
