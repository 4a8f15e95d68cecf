import * as tf from '@tensorflow/tfjs-core';

export interface GaussianOracle {
  /** The optimal denoiser, E[x0 | x] = m + (x - m) s^2/(s^2 + sigma^2). */
  denoise(x: tf.Tensor, sigma: number): tf.Tensor;
  /** Gradient of the log density, (m - x)/(s^2 + sigma^2). */
  score(x: tf.Tensor, sigma: number): tf.Tensor;
  /** Log density of each element at noise level sigma, nats. */
  logDensity(x: number, sigma: number): number;
  /** Where the probability-flow ODE takes x from noise level `from` to `to`. */
  endPoint(x: number, from: number, to: number): number;
}

/** Data N(mean, std^2) in every dimension: all that a sampler approximates is known in closed form. */
export function gaussianOracle({ mean = 0, std = 0.5 } = {}): GaussianOracle {
  const variance = (sigma: number) => std ** 2 + sigma ** 2;
  return {
    denoise: (x, sigma) => tf.add(mean, tf.mul(tf.sub(x, mean), std ** 2 / variance(sigma))),
    score: (x, sigma) => tf.div(tf.sub(mean, x), variance(sigma)),
    logDensity: (x, sigma) => -((x - mean) ** 2 / variance(sigma) + Math.log(2 * Math.PI * variance(sigma))) / 2,
    endPoint: (x, from, to) => mean + (x - mean) * Math.sqrt(variance(to) / variance(from)),
  };
}
