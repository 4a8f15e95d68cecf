import { attention, gelu, layerNorm, linear, type LinearFuncOptions } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { exercise, networkOf, type NetSpecification } from './net.ts';
import { vitDenoiser, type ViTShape } from './vit-shape.ts';
import { WeightMaker, type Weights } from './weights.ts';

/** The ViT denoiser written with the functions of `@diptych/ops`, and its weights. */
export interface ViT {
  weights: Weights;
  forward(x: tf.Tensor3D): tf.Tensor3D;
  dispose(): void;
}

export function vit(shape: ViTShape): ViT {
  const { heads, depth, tokens } = shape;
  const weights = initial(shape);
  const norm = (x: tf.Tensor, name: string) => layerNorm(x, weights[`${name}.gamma`], weights[`${name}.beta`]);
  const dense = (x: tf.Tensor, name: string, options?: LinearFuncOptions) =>
    linear(x, weights[`${name}.kernel`], weights[`${name}.bias`], options);
  return {
    weights,
    dispose: () => tf.dispose(weights),
    forward: (x) =>
      tf.tidy(() => {
        const time = tf.tile(weights.time as tf.Tensor as tf.Tensor3D, [x.shape[0], 1, 1]);
        let h: tf.Tensor = tf.add(tf.concat([time, dense(x, 'embed')], 1), weights.positions); // [B, N, D]
        for (let i = 0; i < depth; i++) {
          const at = `blocks.${i}`;
          const qkv = dense(norm(h, `${at}.norm1`), `${at}.qkv`) as tf.Tensor3D;
          h = dense(attention(qkv, { heads }), `${at}.proj`, { residual: h });
          const hidden = dense(norm(h, `${at}.norm2`), `${at}.fc1`, {
            activation: gelu as LinearFuncOptions['activation'],
          });
          h = dense(hidden, `${at}.fc2`, { residual: h });
        }
        const out = dense(norm(h, 'norm'), 'head');
        return tf.slice(out as tf.Tensor3D, [0, 1, 0], [x.shape[0], tokens - 1, shape.patch]);
      }),
  };
}

function initial({ patch, width, depth, tokens }: ViTShape): Weights {
  const make = new WeightMaker();
  make.dense('embed', patch, width);
  make.random('time', [1, 1, width]);
  make.random('positions', [tokens, width]);
  for (let i = 0; i < depth; i++) {
    make.norm(`blocks.${i}.norm1`, width);
    make.dense(`blocks.${i}.qkv`, width, 3 * width, { bias: false });
    make.dense(`blocks.${i}.proj`, width, width);
    make.norm(`blocks.${i}.norm2`, width);
    make.dense(`blocks.${i}.fc1`, width, 4 * width);
    make.dense(`blocks.${i}.fc2`, 4 * width, width);
  }
  make.norm('norm', width);
  make.dense('head', width, patch);
  return make.weights;
}

/** The denoiser as the trainer takes it: tokens stand in an image of 8x8 with one patch in the channels of each place. */
export function vitSpecification(shape: ViTShape = vitDenoiser): NetSpecification {
  const { patch, width, depth, heads, tokens, batch } = shape;
  const side = Math.sqrt(tokens - 1);
  return {
    name: 'vit',
    note: `ViT denoiser: width ${width}, ${depth} blocks, ${heads} heads, ${tokens} tokens, batch ${batch}`,
    flop: 2 * batch * (tokens * depth * (12 * width ** 2 + 2 * tokens * width) + (2 * tokens - 1) * patch * width),
    peer: { kind: 'vit', ...shape },
    build() {
      const { weights, forward, dispose } = vit(shape);
      const exercised = exercise([batch, side, side, patch]);
      const predict = (x: tf.Tensor4D) => {
        const patches = tf.reshape(x, [batch, side * side, patch]) as tf.Tensor3D;
        return tf.reshape(forward(patches), x.shape) as tf.Tensor4D;
      };
      return {
        ...exercised,
        predict,
        network: networkOf(weights, predict),
        dispose() {
          dispose();
          exercised.target.dispose();
        },
      };
    },
  };
}
