import { check, checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/sampler.ts';
import { edmSchedule } from '../schedules/edm-schedule.ts';
import { checkSmooth, type NoiseSchedule } from '../schedules/noise-schedule.ts';
import { linearCombination } from './step-arithmetic.ts';

export interface Rk45Options {
  /** Tolerance relative to the state. Default 1e-5. */
  rtol?: number;
  /** Absolute tolerance. Default 1e-5. */
  atol?: number;
  /** The process in whose time the ODE is solved, one with slopes; the tolerances judge its scaled state. Default `edmSchedule()`. */
  schedule?: NoiseSchedule;
  /** First step in that time. Default chosen from two evaluations. */
  firstStep?: number;
}

/** Dormand and Prince's table: where the stages lie, how they are made, and the weights of the error. */
const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const stages = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const errorWeights = [-71 / 57600, 0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40];

interface State {
  /** 0 and 1 choose the first step, 2 walks. */
  phase: number;
  t: number;
  /** Where the attempt ends. */
  to: number;
  /** Length of the step to try, or that was tried. */
  h: number;
  /** Derivative at t; of the attempt at its end. */
  slope: tf.Tensor;
  ahead: tf.Tensor;
  denoised: tf.Tensor;
  refused: boolean;
}

const rms = (x: tf.Tensor) => tf.sqrt(tf.mean(tf.square(x)));

/**
 * Runge-Kutta of orders 5 and 4 with steps of its own choice (Dormand and Prince, the "RK45" of scipy and the "dopri5" of torchdiffeq), on
 * the probability-flow ODE between the ends of the grid, the last of which must be above 0. Runs both ways: `encode`, `likelihood`.
 * Six evaluations an attempt. The error is one norm over the batch, so a sample depends slightly on its neighbours; sample one at a
 * time where it must not. States are float32: tolerances below about 1e-6 only cost steps.
 *
 * **Order** 5 · **Evaluations** 6 an attempt · **Memory** 3 tensors
 *
 * @throws DiptychError if an option is not finite and > 0, or the grid ends at 0
 * @see Dormand and Prince 1980; Hairer, Norsett and Wanner, "Solving ordinary differential equations I", section II.4; Song et al. 2021,
 * section 4.3, arXiv:2011.13456
 * @example
 * sample(rk45({ rtol: 1e-4 }), denoise, { sigmas: [80, 0.002], shape: [8, 32, 32, 3], key: key(0) });
 */
export function rk45(options: Rk45Options = {}): Sampler<State> {
  const {
    rtol = 1e-5,
    atol = 1e-5,
    schedule = edmSchedule(),
    firstStep,
  } = checkOptions('rk45', options, {
    rtol: rules.positive,
    atol: rules.positive,
    schedule: rules.object,
    firstStep: rules.positive,
  });
  const { slopes, ...time } = checkSmooth('rk45', schedule);
  return {
    name: 'rk45',
    step(x, denoise, { sigma, sigmaNext: end, sigmas, state }) {
      check(end > 0, 'rk45', 'sigmas', 'a grid that ends above 0', sigmas);
      const last = time.time(end);
      const { phase, t, h, refused } = state ?? { phase: 0, t: time.time(sigma), h: 0, refused: false };
      const way = Math.sign(last - t);
      const X = tf.mul(time.alpha(t), x);

      let latest = state?.denoised;
      /** Derivative of the scaled state: s sigma^/sigma (x - D) + s^ x. */
      const f = (at: number, scaled: tf.Tensor) => {
        const unscaled = tf.div(scaled, time.alpha(at));
        latest = denoise(unscaled, time.sigma(at));
        const b = (time.alpha(at) * slopes.sigma(at)) / time.sigma(at);
        return linearCombination([b, tf.sub(unscaled, latest)], [slopes.alpha(at), unscaled]);
      };
      const slope = state?.slope ?? f(t, X);
      const denoised = latest!;
      const stay = { x, denoised, sigma };
      const tolerance = (...of: tf.Tensor[]) =>
        tf.add(
          atol,
          tf.mul(
            rtol,
            of.map((one) => tf.abs(one)).reduce((a, b) => tf.maximum(a, b)),
          ),
        );

      if (phase === 0 && firstStep === undefined) {
        const scale = tolerance(X);
        const [d0, d1] = [rms(tf.div(X, scale)), rms(tf.div(slope, scale))];
        const usable = tf.logicalAnd(tf.greater(d0, 1e-5), tf.greater(d1, 1e-5));
        const error = tf.where(usable, tf.mul(0.01, tf.div(d0, d1)), 1e-6);
        return {
          ...stay,
          error,
          state: { phase: 0, t, to: t, h: Math.abs(last - t), slope, ahead: slope, denoised, refused },
        };
      }
      if (phase === 1) {
        const scale = tolerance(X);
        const there = f(t + way * h, tf.add(X, tf.mul(way * h, slope)));
        const bend = tf.div(rms(tf.div(tf.sub(there, slope), scale)), h);
        const error = tf.maximum(rms(tf.div(slope, scale)), bend);
        return { ...stay, error, state: { phase, t, to: t, h, slope, ahead: slope, denoised, refused } };
      }

      const left = Math.abs(last - t);
      const length = Math.min(phase === 0 ? firstStep! : h, left);
      const ahead = length === left ? last : t + way * length;
      const k = [slope];
      let moved = X;
      stages.forEach((weights, i) => {
        moved = linearCombination([1, X], ...weights.map((w, j) => [w * (ahead - t), k[j]] as const));
        k.push(f(i === 5 ? ahead : t + nodes[i + 1] * (ahead - t), moved));
      });
      const gap = linearCombination(...errorWeights.map((w, j) => [w * (ahead - t), k[j]] as const));
      return {
        x: tf.div(moved, time.alpha(ahead)),
        denoised: latest!,
        sigma: ahead === last ? end : time.sigma(ahead),
        error: rms(tf.div(gap, tolerance(X, moved))),
        state: { phase: 2, t, to: ahead, h: length, slope, ahead: k[6], denoised: latest!, refused },
      };
    },
    accept(error, state) {
      const { phase, t, h, ahead } = state;
      if (phase === 0) return { accepted: false, state: { ...state, phase: 1, h: Math.min(error, h) } };
      if (phase === 1) {
        const guess = error <= 1e-15 ? Math.max(1e-6, h * 1e-3) : (0.01 / error) ** (1 / 5);
        return { accepted: false, state: { ...state, phase: 2, h: Math.min(100 * h, guess) } };
      }
      const factor = 0.9 * error ** (-1 / 5);
      if (error < 1) {
        const grown = h * Math.min(factor, state.refused ? 1 : 10);
        return { accepted: true, state: { ...state, t: state.to, h: grown, slope: ahead, refused: false } };
      }
      const shrunk = h * Math.max(factor, 0.2);
      check(shrunk > 1e-12 * Math.abs(t), 'rk45', 'rtol and atol', 'within reach: the steps became too short', shrunk);
      return { accepted: false, state: { ...state, h: shrunk, refused: true } };
    },
  };
}
