import { conv2d, linear } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { halvings } from './classifier-layers.ts';
import type { ClassifierSizes } from './classifier-layers.ts';

/** Features (before the last rectifier, where none is dead) and class scores of images [B, H, W, C] in [-1, 1]. */
export function classifierGraph(
  x: tf.Tensor4D,
  weights: Readonly<Record<string, tf.Tensor>>,
  sizes: ClassifierSizes,
): { features: tf.Tensor2D; logits: tf.Tensor2D } {
  const bias = (name: string) => weights[`${name}.bias`] as tf.Tensor1D;
  let y = x;
  for (let i = 0; i <= halvings(sizes); i++) {
    const kernel = weights[`conv${i}.kernel`] as tf.Tensor4D;
    y = tf.relu(conv2d(y, kernel, bias(`conv${i}`), { strides: i === 0 ? 1 : 2 }));
  }
  const flat = tf.reshape(y, [x.shape[0], -1]) as tf.Tensor2D;
  const features = linear(flat, weights['features.kernel'] as tf.Tensor2D, bias('features'));
  const logits = linear(tf.relu(features), weights['head.kernel'] as tf.Tensor2D, bias('head'));
  return { features, logits };
}
