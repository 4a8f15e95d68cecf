import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { rangeRules } from '../schedules/check-range.ts';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import { polyexponentialSigmas } from '../grids/polyexponential-sigmas.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';
import { addNoise, ancestralStep, linearCombination, noiseEstimate } from './step-arithmetic.ts';

/** Noise estimates of one attempt: the first at its start, the others at its stages. */
type Stages = { x: tf.Tensor; e: tf.Tensor; sigma: number };

/** Stage at share r of the step h: x - s (e^(r h) - 1) e - s (second weight) (e_1 - e), and the noise estimate there. */
function stage({ x, e, sigma }: Stages, denoise: Denoise, r: number, h: number, first?: { r: number; e: tf.Tensor }) {
  const level = sigma * Math.exp(-r * h);
  const second = first ? (r / first.r) * (Math.expm1(r * h) / (r * h) - 1) : 0;
  const u = linearCombination(
    [1, x],
    [level * (second - Math.expm1(r * h)), e],
    ...(first ? [[-level * second, first.e] as const] : []),
  );
  return { r, e: noiseEstimate(u, denoise(u, level), level) };
}

/** x' of DPM-Solver of order 1 (no stage) or more, the last stage's estimate weighted by `second`. */
function finish({ x, e, sigma }: Stages, h: number, second = 0, at?: { e: tf.Tensor }): tf.Tensor {
  const level = sigma * Math.exp(-h);
  return linearCombination(
    [1, x],
    [level * (second - Math.expm1(h)), e],
    ...(at ? [[-level * second, at.e] as const] : []),
  );
}

/** The step of an order, the step of the order before it, and low - high, taken from the estimates so that it keeps its digits. */
function embedded(
  from: Stages,
  denoise: Denoise,
  h: number,
  order: number,
): { low: tf.Tensor; high: tf.Tensor; gap: tf.Tensor } {
  const level = from.sigma * Math.exp(-h);
  const euler = finish(from, h);
  if (order === 1) return { low: euler, high: euler, gap: tf.zerosLike(euler) };
  const first = stage(from, denoise, order === 2 ? 1 / 2 : 1 / 3, h);
  const w1 = Math.expm1(h) / (2 * first.r);
  const d1 = tf.mul(level * w1, tf.sub(first.e, from.e));
  const two = finish(from, h, w1, first);
  if (order === 2) return { low: euler, high: two, gap: d1 };
  const second = stage(from, denoise, 2 / 3, h, first);
  const w2 = (Math.expm1(h) / h - 1) / second.r;
  const gap = tf.sub(tf.mul(level * w2, tf.sub(second.e, from.e)), d1);
  return { low: two, high: finish(from, h, w2, second), gap };
}

/** Where an ancestral step lands on the ODE, no lower than the end, and what noise is missing from there to `to`. */
function split(from: number, to: number, end: number, eta: number): { down: number; up: number } {
  const down = eta > 0 ? Math.max(end, ancestralStep(from, to, eta).down) : to;
  return { down, up: Math.sqrt(Math.max(0, to ** 2 - down ** 2)) };
}

export interface DpmFastOptions extends StochasticOptions {
  /** Calls of the denoiser in all: as for `dpmFastSigmas`. */
  evaluations: number;
}

/**
 * The grid of `dpmFast`: floor(evaluations/3) + 1 steps, evenly spaced in ln sigma, which end at sigmaMin, not at 0.
 *
 * @throws DiptychError if evaluations is not an integer >= 1, or the range is empty
 * @example
 * dpmFastSigmas(18, { sigmaMin: 0.03, sigmaMax: 14.6 });
 */
export function dpmFastSigmas(evaluations: number, options: { sigmaMin?: number; sigmaMax?: number } = {}): number[] {
  checkCount('dpmFastSigmas', { evaluations });
  const range = checkOptions('dpmFastSigmas', options, rangeRules);
  return polyexponentialSigmas(Math.floor(evaluations / 3) + 2, range).slice(0, -1);
}

/**
 * DPM-Solver-fast: steps of order 3, then what is left of the evaluations (orders 2 and 1 if nothing is).
 *
 * **Order** 3 · **Evaluations** 3 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range, or the grid is not of `dpmFastSigmas(evaluations)` steps or ends at 0
 * @see Lu et al. 2022, "DPM-Solver", section 3.4, arXiv:2206.00927
 * @example
 * sample(dpmFast({ evaluations: 18 }), denoise, { sigmas: dpmFastSigmas(18), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpmFast(options: DpmFastOptions): Sampler {
  const {
    evaluations,
    eta = 0,
    noiseScale = 1,
  } = checkOptions('dpmFast', options, { ...stochasticRules, evaluations: rules.required(rules.count) });
  const m = Math.floor(evaluations / 3) + 1;
  return {
    name: 'dpmFast',
    step(x, denoise, step) {
      const { index, sigma, sigmaNext, sigmas } = step;
      const end = sigmas.at(-1)!;
      check(sigmas.length === m + 1 && end > 0, 'dpmFast', 'sigmas', `${m + 1} levels that end above 0`, sigmas);
      const left = m - 1 - index;
      const rest = evaluations % 3;
      const order = rest > 0 ? (left > 0 ? 3 : rest) : left > 1 ? 3 : left + 1;
      const { down, up } = split(sigma, sigmaNext, end, eta);
      const denoised = denoise(x, sigma);
      const { high } = embedded(
        { x, e: noiseEstimate(x, denoised, sigma), sigma },
        denoise,
        Math.log(sigma / down),
        order,
      );
      return { x: addNoise(high, up * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}

export interface DpmAdaptiveOptions extends StochasticOptions {
  /** 2 or 3; the order before it estimates the error. Default 3. */
  order?: 2 | 3;
  /** Tolerance relative to the state. Default 0.05. */
  rtol?: number;
  /** Absolute tolerance. Default 0.0078. */
  atol?: number;
  /** First step in ln sigma. Default 0.05. */
  firstStep?: number;
  /** Weights of the step size controller: proportional, integral, derivative. Default 0, 1, 0. */
  pid?: readonly [number, number, number];
  /** A step is accepted if the controller would not shrink it further than this. Default 0.81. */
  safety?: number;
}

interface State {
  h: number;
  /** Inverse errors, latest first. */
  inverse: readonly number[];
  /** The lower-order result of the step before, for the scale of the error. */
  low: tf.Tensor;
  next: { low: tf.Tensor; inverse: readonly number[] };
}

/**
 * DPM-Solver with steps of its own choice, between the ends of the grid, the last of which must be above 0. The error is one norm over the
 * batch, so a sample depends slightly on its neighbours; sample one at a time where it must not.
 *
 * **Order** 3 · **Evaluations** 3 an attempt · **Memory** 2 tensors
 *
 * @throws DiptychError if an option is out of range, or the grid ends at 0
 * @see Lu et al. 2022, "DPM-Solver", appendix C, arXiv:2206.00927; Hairer et al., section II.4 (step size control)
 * @example
 * sample(dpmAdaptive(), denoise, { sigmas: [80, 0.002], shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpmAdaptive(options: DpmAdaptiveOptions = {}): Sampler<State> {
  const {
    order = 3,
    rtol = 0.05,
    atol = 0.0078,
    firstStep = 0.05,
    pid = [0, 1, 0],
    safety = 0.81,
    eta = 0,
    noiseScale = 1,
  } = checkOptions('dpmAdaptive', options, {
    ...stochasticRules,
    order: rules.oneOf(2, 3),
    rtol: rules.positive,
    atol: rules.positive,
    firstStep: rules.positive,
    pid: rules.numbers,
    safety: rules.positive,
  });
  check(pid.length === 3, 'dpmAdaptive', 'pid', 'three numbers', pid);
  const [p, i, d] = pid;
  const q = eta > 0 ? 1.5 : order;
  const powers = [(p + i + d) / q, -(p + 2 * d) / q, d / q];
  return {
    name: 'dpmAdaptive',
    step(x, denoise, step) {
      const { sigma, sigmaNext: end, state } = step;
      check(end > 0 && end < sigma, 'dpmAdaptive', 'sigmas', 'a falling grid that ends above 0', step.sigmas);
      const { h, inverse, low: before } = state ?? { h: firstStep, inverse: [], low: x };
      // What little would be left is taken along.
      const reached = sigma * Math.exp(-h);
      const to = reached <= end * Math.exp(1e-5) ? end : reached;
      const { down, up } = split(sigma, to, end, eta);
      const denoised = denoise(x, sigma);
      const from = { x, e: noiseEstimate(x, denoised, sigma), sigma };
      const { low, high, gap } = embedded(from, denoise, Math.log(sigma / down), order);
      const scale = tf.maximum(atol, tf.mul(rtol, tf.maximum(tf.abs(low), tf.abs(before))));
      const error = tf.sqrt(tf.mean(tf.square(tf.div(gap, scale))));
      const next = { low, inverse };
      return {
        x: addNoise(high, up * noiseScale, step, sigma, to),
        denoised,
        sigma: to,
        error,
        state: { h, inverse, low: before, next },
      };
    },
    accept(error, { h, inverse, low, next }) {
      const now = 1 / (error + 1e-8);
      const all = [now, inverse[0] ?? now, inverse[1] ?? now];
      const factor = 1 + Math.atan(all.reduce((product, value, k) => product * value ** powers[k], 1) - 1);
      const accepted = factor >= safety;
      const kept = accepted
        ? { low: next.low, inverse: [all[0], all[1]] }
        : { low, inverse: inverse.length ? inverse : [now, now] };
      return { accepted, state: { h: h * factor, ...kept, next: kept } };
    },
  };
}
