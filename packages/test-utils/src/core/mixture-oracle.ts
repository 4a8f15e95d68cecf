import * as tf from '@tensorflow/tfjs-core';

/** p0 = sum_k weight_k N(mean_k, std_k^2 I). */
export interface Mixture {
  means: readonly (readonly number[])[];
  stds: readonly number[];
  weights: readonly number[];
}

export interface MixtureOracle {
  /** D(x; sigma) with tensor operations: differentiable, on every backend. */
  denoise(x: tf.Tensor, sigma: number): tf.Tensor;
  /** The same on the host in double, from the float32 state to the float32 estimate. */
  denoiseExactly(x: tf.Tensor, sigma: number): tf.Tensor;
  /** D at one point x = alpha x0 + sigma n, in double. */
  denoised(x: readonly number[], sigma: number, alpha?: number): number[];
  /** Gradient of the log density at one point. */
  score(x: readonly number[], sigma: number, alpha?: number): number[];
  /** Trace of the Jacobian of the score at one point. */
  scoreDivergence(x: readonly number[], sigma: number, alpha?: number): number;
  /** Log density at one point, nats. */
  logDensity(x: readonly number[], sigma: number, alpha?: number): number;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/**
 * A mixture of isotropic Gaussians in R^d: with v_k = alpha^2 s_k^2 + sigma^2 and posterior weights r_k,
 * D = sum_k r_k (mu_k + alpha s_k^2/v_k (x - alpha mu_k)).
 */
export function mixtureOracle({ means, stds, weights }: Mixture): MixtureOracle {
  const d = means[0]!.length;

  const posterior = (x: readonly number[], sigma: number, alpha: number) => {
    const v = stds.map((s) => (alpha * s) ** 2 + sigma ** 2);
    const squares = means.map((mean) => sum(mean.map((m, i) => (x[i]! - alpha * m) ** 2)));
    const logs = weights.map(
      (w, k) => Math.log(w) - squares[k]! / (2 * v[k]!) - (d / 2) * Math.log(2 * Math.PI * v[k]!),
    );
    const top = Math.max(...logs);
    const logDensity = top + Math.log(sum(logs.map((l) => Math.exp(l - top))));
    return { v, logDensity, r: logs.map((l) => Math.exp(l - logDensity)) };
  };

  const denoised = (x: readonly number[], sigma: number, alpha = 1) => {
    const { v, r } = posterior(x, sigma, alpha);
    return x.map((xi, i) =>
      sum(means.map((mean, k) => r[k]! * (mean[i]! + ((alpha * stds[k]! ** 2) / v[k]!) * (xi - alpha * mean[i]!)))),
    );
  };

  const score = (x: readonly number[], sigma: number, alpha = 1) => {
    const { v, r } = posterior(x, sigma, alpha);
    return x.map((xi, i) => sum(means.map((mean, k) => (r[k]! * (alpha * mean[i]! - xi)) / v[k]!)));
  };

  return {
    denoised,
    score,
    logDensity: (x, sigma, alpha = 1) => posterior(x, sigma, alpha).logDensity,
    scoreDivergence(x, sigma, alpha = 1) {
      const { v, r } = posterior(x, sigma, alpha);
      const total = score(x, sigma, alpha);
      // div of sum_k r_k s_k, with s_k the score of component k and grad r_k = r_k (s_k - s).
      return sum(
        means.map((mean, k) => {
          const own = x.map((xi, i) => (alpha * mean[i]! - xi) / v[k]!);
          return r[k]! * (-d / v[k]! + sum(own.map((o, i) => o * (o - total[i]!))));
        }),
      );
    },
    denoise: (x, sigma) =>
      tf.tidy(() => {
        const v = stds.map((s) => s ** 2 + sigma ** 2);
        const shifts = means.map((mean) => tf.sub(x, [...mean]));
        const logs = shifts.map((shift, k) =>
          tf.add(
            tf.mul(tf.sum(tf.square(shift), -1, true), -1 / (2 * v[k]!)),
            Math.log(weights[k]!) - (d / 2) * Math.log(v[k]!),
          ),
        );
        const r = tf.split(tf.softmax(tf.concat(logs, -1)), means.length, -1);
        const parts = shifts.map((shift, k) =>
          tf.mul(r[k]!, tf.add([...means[k]!], tf.mul(shift, stds[k]! ** 2 / v[k]!))),
        );
        return tf.addN(parts);
      }),
    denoiseExactly(x, sigma) {
      const values = x.dataSync();
      const rows = Array.from({ length: values.length / d }, (_, i) => Array.from(values.subarray(i * d, (i + 1) * d)));
      return tf.tensor(Float32Array.from(rows.flatMap((row) => denoised(row, sigma))), x.shape);
    },
  };
}
