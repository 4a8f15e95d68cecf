import type { Denoise } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

const std = 0.06;

/** Two half circles, as 16 Gaussians each: the density, and so the perfect denoiser, is a formula. */
export const moons = Array.from({ length: 32 }, (_, k) => {
  const angle = (Math.PI * ((k % 16) + 0.5)) / 16;
  const upper = k < 16;
  const mean = upper
    ? [Math.cos(angle) - 0.5, Math.sin(angle) - 0.25]
    : [0.5 - Math.cos(angle), 0.25 - Math.sin(angle)];
  return { mean, std };
});

/** D(x; sigma) = sum_k r_k (mu_k + s^2/(s^2 + sigma^2) (x - mu_k)). */
export const denoise: Denoise = (x, sigma) => {
  const means = tf.tensor2d(moons.map(({ mean }) => mean)); // [K, 2]
  const v = std ** 2 + sigma ** 2;
  const squares = tf.sum(tf.squaredDifference(tf.expandDims(x, 1), means), -1); // [B, K]
  const mean = tf.matMul(tf.softmax(tf.mul(squares, -1 / (2 * v))) as tf.Tensor2D, means); // [B, 2]
  return tf.add(mean, tf.mul(std ** 2 / v, tf.sub(x, mean)));
};
