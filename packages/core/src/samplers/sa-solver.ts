import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { mix } from './mix.ts';
import { checkLowerOrderFinal } from './multistep-options.ts';
import type { Sampler } from '../contracts/sampler.ts';

export interface SaSolverOptions {
  /** Evaluations that the predictor combines, 1 to 4. Default 2. */
  predictorOrder?: number;
  /** Evaluations that the corrector combines, the one at the predicted state included; 0 leaves it out. Default 2. */
  correctorOrder?: number;
  /** tau(sigma) of the step from noise level sigma: 0 is the ODE, 1 the reverse SDE. Default 1. */
  tau?: (sigma: number) => number;
  /** Polynomial through D (true) or through the noise. Default true. */
  predictX0?: boolean;
  /** In how many of the last steps the orders are limited to the steps left. Default 4. */
  lowerOrderFinal?: number;
}

interface State {
  /** Latest evaluation first. */
  history: readonly { sigma: number; value: tf.Tensor }[];
  /** The state that the last predictor started from, its noise, and how many evaluations were used. */
  x: tf.Tensor;
  noise: tf.Tensor;
  tau: number;
  points: number;
}

/** Integrals over s from -h to 0 of rate e^(rate s) times the Lagrange polynomials through `at`. */
function weights(at: readonly number[], h: number, rate: number): number[] {
  return at.map((own, j) => {
    let polynomial = [1];
    at.forEach((other, k) => {
      if (k === j) return;
      polynomial = [0, ...polynomial].map((c, i) => (c - other * (polynomial[i] ?? 0)) / (own - other));
    });
    // The antiderivative of rate e^(rate s) P(s) is e^(rate s) (P - P'/rate + P''/rate^2 - ...).
    const upTo = (s: number) => {
      let [sum, factor, derivative] = [0, 1, polynomial];
      while (derivative.length > 0) {
        sum += factor * derivative.reduceRight((value, c) => value * s + c, 0);
        derivative = derivative.slice(1).map((c, i) => c * (i + 1));
        factor /= -rate;
      }
      return Math.exp(rate * s) * sum;
    };
    return upTo(0) - upTo(-h);
  });
}

/**
 * SA-Solver: stochastic Adams, a predictor and a corrector that share their noise. One evaluation a step. With
 * h = ln(sigma/sigma') and the polynomial L through the last evaluations of D,
 *
 *     x' = e^(-(1+tau^2) h) x + (1+tau^2) int e^(-(1+tau^2)(lambda' - l)) L(l) dl + sigma' sqrt(1 - e^(-2 tau^2 h)) n
 *
 * and, through D with two evaluations, the published term of third order in h. The last step to 0 gives D.
 *
 * @throws DiptychError if an order is out of range
 * @see Xue et al. 2023, "SA-Solver: stochastic Adams solver for fast sampling of diffusion models", algorithm 1, eq. 14 and appendix B.5
 * @example sample(saSolver(), denoise, { sigmas: exponentialSigmas(20), shape: [8, 32, 32, 3], key: key(0) });
 */
export function saSolver({
  predictorOrder = 2,
  correctorOrder = 2,
  tau = () => 1,
  predictX0 = true,
  lowerOrderFinal = 4,
}: SaSolverOptions = {}): Sampler<State> {
  check([1, 2, 3, 4].includes(predictorOrder), 'saSolver', 'predictorOrder', '1, 2, 3 or 4', predictorOrder);
  check([0, 1, 2, 3, 4].includes(correctorOrder), 'saSolver', 'correctorOrder', '0, 1, 2, 3 or 4', correctorOrder);
  checkLowerOrderFinal('saSolver', lowerOrderFinal);

  function update(
    from: Pick<State, 'x' | 'noise' | 'tau'>,
    points: State['history'],
    start: number,
    to: number,
    predictor: boolean,
  ) {
    const h = Math.log(start / to);
    const rate = predictX0 ? 1 + from.tau ** 2 : -1;
    const c = weights(
      points.map(({ sigma }) => Math.log(to / sigma)),
      h,
      rate,
    );
    if (points.length === 2 && predictX0) {
      const k = rate * h;
      const gap = predictor ? Math.log(points[1]!.sigma / points[0]!.sigma) : h;
      const term = (rate * (h ** 2 / 2 - (k - 1 + Math.exp(-k)) / rate ** 2)) / gap;
      c[0]! += term;
      c[1]! -= term;
    }
    const scale = predictX0 ? 1 : (1 + from.tau ** 2) * to;
    const variance = predictX0 ? -Math.expm1(-2 * from.tau ** 2 * h) : from.tau ** 2 * Math.expm1(2 * h);
    return mix(
      [predictX0 ? Math.exp(-rate * h) : 1, from.x],
      [to * Math.sqrt(variance), from.noise],
      ...points.map(({ value }, i) => [scale * c[i]!, value] as const),
    );
  }

  return {
    name: 'saSolver',
    step(x, denoise, { sigma, sigmaNext, sigmas, index, state, noise }) {
      const denoised = denoise(x, sigma);
      const value = predictX0 ? denoised : mix([1 / sigma, x], [-1 / sigma, denoised]);
      const here = { sigma, value };
      const left = sigmas.length - 1 - index;
      let corrected = x;
      if (state && correctorOrder > 0) {
        // Those that the last predictor could have used, and the new one.
        const points = [here, ...state.history].slice(0, Math.min(correctorOrder, state.points + 1));
        corrected = update(state, points, state.history[0]!.sigma, sigma, false);
      }
      const history = [here, ...(state?.history ?? [])].slice(0, Math.max(predictorOrder, correctorOrder));
      const points = left <= lowerOrderFinal ? Math.min(history.length, left) : history.length;
      const t = tau(sigma);
      const next = { x: corrected, noise: t > 0 && sigmaNext > 0 ? noise(sigma, sigmaNext) : tf.zerosLike(x), tau: t };
      const moved =
        sigmaNext === 0
          ? denoised
          : update(next, history.slice(0, Math.min(predictorOrder, points)), sigma, sigmaNext, true);
      return { x: moved, denoised, state: { ...next, history, points } };
    },
  };
}
