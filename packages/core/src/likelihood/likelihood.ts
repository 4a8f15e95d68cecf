import {
  check,
  checkFunction,
  checkOptions,
  checkRule,
  checkShape,
  type OptionRules,
  rules,
} from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import { encode, type EncodeOptions, encodeRules } from '../editing/encode.ts';
import { rk45 } from '../samplers/rk45.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { checkSampler } from '../sampling/check-sampler.ts';
import { exactTrace, type TraceEstimator } from './trace-estimators.ts';

export interface LikelihoodOptions extends EncodeOptions {
  /** What solves the ODE: any deterministic sampler. One that follows the grid needs a finer one. Default `rk45()`. */
  sampler?: Sampler;
  /** What the trace of the Jacobian is taken with. Default `exactTrace`; for images `rademacherTrace(key)`. */
  probes?: TraceEstimator;
  /** ln density of the latent of each sample, [B, d] to [B], at the last noise level. Default N(0, sigma^2). */
  logPrior?: (latent: tf.Tensor2D, sigma: number) => tf.Tensor;
}

const likelihoodRules: OptionRules<LikelihoodOptions> = {
  ...encodeRules,
  sampler: rules.object,
  probes: rules.callback,
  logPrior: rules.callback,
};

export interface Likelihood {
  /** ln p(x; sigmas[0]) of each sample, nats: `logPrior` + what the flow adds. */
  logDensity: number[];
  logPrior: number[];
  /** Where the ODE takes x: the state at the last noise level, of the shape of x. The caller owns it. */
  latent: tf.Tensor;
}

const gaussian = (latent: tf.Tensor2D, sigma: number) => {
  const constant = latent.shape[1] * (Math.log(sigma) + Math.log(2 * Math.PI) / 2);
  return tf.sub(tf.div(tf.sum(tf.square(tf.div(latent, sigma)), 1), -2), constant);
};

/**
 * The log density that a denoiser gives to data, by the probability-flow ODE from data to noise:
 *
 *     ln p(x; sigma_0) = ln p(x_1; sigma_1) + integral from sigma_0 to sigma_1 of div f,   f = (x - D)/sigma,   div f = (d - tr dD/dx)/sigma
 *
 * The integral is one more coordinate of the ODE, so whatever solves the one solves the other. With random probes it is an unbiased
 * estimate. At the first level, > 0, data are taken as they are: the density is that of data with so much noise.
 *
 * **Shapes** x [B, ...]. **Units** nats; `bitsPerDimension` converts. **Memory** the caller owns x and `latent`. The denoiser must be
 * differentiable (import '@tensorflow/tfjs-layers' for the gradients).
 *
 * @throws DiptychError if `encode` would refuse the options, or the probes do not fit x
 * @see Song et al. 2021, "Score-based generative modeling through SDEs", section 4.3 and appendix D.2, arXiv:2011.13456; Chen et al. 2018,
 * theorem 1, arXiv:1806.07366
 * @example
 * const { logDensity, latent } = await likelihood(denoise, images, { sigmas: [0.002, 80], probes: rademacherTrace(key(0)) });
 * const bits = logDensity.map((nats) => bitsPerDimension(nats, 32 * 32 * 3, { binWidth: 2 / 256 }));
 */
export async function likelihood(denoise: Denoise, x: tf.Tensor, options: LikelihoodOptions): Promise<Likelihood> {
  checkFunction('likelihood', { denoise });
  checkOptions('likelihood', options, likelihoodRules);
  const { sampler = rk45(), probes = exactTrace, logPrior = gaussian, ...path } = options;
  checkSampler('likelihood', 'sampler', sampler);
  checkShape('likelihood', { x }, ['B', '...', 'C']);
  const { shape } = x;
  const [samples, d] = [shape[0], tf.util.sizeFromShape(shape.slice(1))];
  const vectors = probes(shape);
  checkRule('likelihood', 'probes(shape)', rules.list(rules.tensor), vectors);
  let start: tf.Tensor | undefined;
  let end: tf.Tensor | undefined;
  try {
    check(vectors.length > 0, 'likelihood', 'probes', 'one vector at least', vectors);
    vectors.forEach((vector, i) => checkShape('likelihood', { [`probes[${i}]`]: vector }, shape));

    const estimate: Denoise = (at, sigma) => {
      const denoised = denoise(at, sigma);
      checkShape('likelihood', { 'denoise(x, sigma)': denoised }, shape);
      return denoised;
    };
    /** [B, d + 1]: of x its estimate, and of the integral a what makes (a - estimate)/sigma its derivative. */
    const both: Denoise = (state, sigma) => {
      const [flat, integral] = [tf.slice(state, [0, 0], [-1, d]), tf.slice(state, [0, d], [-1, 1])];
      const at = tf.reshape(flat, shape);
      const denoised = estimate(at, sigma);
      const backward = tf.grad((y: tf.Tensor) => estimate(y, sigma));
      const traces = vectors.map((v) => tf.mul(v, tf.sub(v, backward(at, v))));
      const divergence = tf.sum(tf.reshape(tf.addN(traces), [samples, d]), 1, true);
      return tf.concat([tf.reshape(denoised, [samples, d]), tf.sub(integral, divergence)], 1);
    };
    start = tf.tidy(() => tf.concat([tf.reshape(x, [samples, d]), tf.zeros([samples, 1])], 1));
    end = await encode(sampler, both, start, path);
    const last = options.sigmas.at(-1)!;
    const [latent, integral, prior] = tf.tidy(() => {
      const flat = tf.slice(end as tf.Tensor2D, [0, 0], [-1, d]);
      const prior = logPrior(flat, last);
      checkShape('likelihood', { 'logPrior(latent, sigma)': prior }, [samples]);
      return [tf.reshape(flat, shape), tf.slice(end!, [0, d], [-1, 1]), prior] as const;
    });
    try {
      const [logPrior, added] = [Array.from(await prior.data()), await integral.data()];
      return { logDensity: logPrior.map((value, i) => value + added[i]), logPrior, latent };
    } finally {
      tf.dispose([integral, prior]);
    }
  } finally {
    tf.dispose([...vectors, ...(start ? [start] : []), ...(end ? [end] : [])]);
  }
}
