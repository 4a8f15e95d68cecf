import { attention, conv2d, groupNorm, linear, silu, sinusoidalEmbedding } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { exercise, networkOf, type NetSpecification } from './net.ts';
import { ddpmUNet, unetFlop, unetStages, type UNetShape, type UNetStage } from './unet-shape.ts';
import { WeightMaker, type Weights } from './weights.ts';

/**
 * The DDPM UNet written with the functions of `@diptych/ops`, and its weights. The benchmark keeps it as a function so that it measures
 * kernels and not the way a model class is put together.
 */
export function unet(shape: UNetShape) {
  const { base } = shape;
  const stages = unetStages(shape);
  const weights = initial(shape, stages);
  const dense = (x: tf.Tensor2D, name: string) => linear(x, weights[`${name}.kernel`], weights[`${name}.bias`]);
  const conv = (x: tf.Tensor4D, name: string, strides: 1 | 2 = 1) =>
    conv2d(x, weights[`${name}.kernel`], weights[`${name}.bias`], strides === 2 ? { strides, padding: 1 } : {});
  const norm = (x: tf.Tensor4D, name: string) => groupNorm(x, weights[`${name}.gamma`], weights[`${name}.beta`]);

  function residual(x: tf.Tensor4D, e: tf.Tensor2D, name: string): tf.Tensor4D {
    const time = tf.reshape(dense(e, `${name}.time`), [x.shape[0], 1, 1, -1]);
    const h = tf.add(conv(silu(norm(x, `${name}.norm1`)), `${name}.conv1`), time) as tf.Tensor4D;
    const shortcut = `${name}.shortcut.kernel` in weights ? conv(x, `${name}.shortcut`) : x;
    return tf.add(shortcut, conv(silu(norm(h, `${name}.norm2`)), `${name}.conv2`));
  }

  function attend(x: tf.Tensor4D, name: string): tf.Tensor4D {
    const [batch, height, breadth, width] = x.shape;
    const rows = tf.reshape(norm(x, `${name}.norm`), [batch, height * breadth, width]) as tf.Tensor3D;
    const qkv = linear(rows, weights[`${name}.qkv.kernel`], weights[`${name}.qkv.bias`]);
    const mixed = attention(qkv, { heads: 1 });
    const out = linear(mixed, weights[`${name}.proj.kernel`], weights[`${name}.proj.bias`]);
    return tf.add(x, tf.reshape(out, x.shape)) as tf.Tensor4D;
  }

  return {
    weights,
    forward: (x: tf.Tensor4D, t: tf.Tensor1D): tf.Tensor4D =>
      tf.tidy(() => {
        const waves = sinusoidalEmbedding(t, base); // [B, base]
        const e = silu(dense(silu(dense(waves, 'time.0')), 'time.1')); // [B, 4 base]
        let h = conv(x, 'first'); // [B, H, W, base]
        const kept = [h];
        for (const { name, kind, attention, part } of stages) {
          if (kind === 'smaller') h = conv(h, name, 2);
          else if (kind === 'larger')
            h = conv(tf.image.resizeNearestNeighbor(h, [2 * h.shape[1], 2 * h.shape[2]]), name);
          else h = residual(part === 'up' ? (tf.concat([h, kept.pop()!], 3) as tf.Tensor4D) : h, e, name);
          if (attention) h = attend(h, `${name}.attention`);
          if (part === 'down') kept.push(h);
        }
        return conv(silu(norm(h, 'norm')), 'last');
      }),
  };
}

function initial({ base, image }: UNetShape, stages: readonly UNetStage[]): Weights {
  const make = new WeightMaker();
  make.dense('time.0', base, 4 * base);
  make.dense('time.1', 4 * base, 4 * base);
  make.conv('first', 3, image[2], base);
  for (const { name, kind, inputs, outputs, attention } of stages) {
    if (kind !== 'residual') {
      make.conv(name, 3, inputs, outputs);
      continue;
    }
    make.norm(`${name}.norm1`, inputs);
    make.conv(`${name}.conv1`, 3, inputs, outputs);
    make.dense(`${name}.time`, 4 * base, outputs);
    make.norm(`${name}.norm2`, outputs);
    make.conv(`${name}.conv2`, 3, outputs, outputs);
    if (inputs !== outputs) make.conv(`${name}.shortcut`, 1, inputs, outputs);
    if (!attention) continue;
    make.norm(`${name}.attention.norm`, outputs);
    make.dense(`${name}.attention.qkv`, outputs, 3 * outputs);
    make.dense(`${name}.attention.proj`, outputs, outputs);
  }
  make.norm('norm', base);
  make.conv('last', 3, base, image[2]);
  return make.weights;
}

export function unetSpecification(shape: UNetShape = ddpmUNet): NetSpecification {
  const { batch, image } = shape;
  const flop = unetFlop(shape);
  return {
    name: 'unet',
    note: `DDPM UNet for CIFAR-10, 35.7 M parameters, batch ${batch}, written with the functions of ops`,
    flop,
    peer: { kind: 'unet', ...shape },
    build() {
      const { weights, forward } = unet(shape);
      const exercised = exercise([batch, ...image]);
      const t = tf.range(1, batch + 1);
      const predict = (x: tf.Tensor4D) => forward(x, t);
      return {
        ...exercised,
        predict,
        network: networkOf(weights, predict),
        dispose: () => tf.dispose([weights, exercised.target, t]),
      };
    },
  };
}
