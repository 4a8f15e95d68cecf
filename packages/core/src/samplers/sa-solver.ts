import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { lagrangeIntegrals } from '../numeric/lagrange.ts';
import { type Extrapolates, extrapolatesRule } from './multistep-options.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { linearCombination, noiseEstimate } from './step-arithmetic.ts';

export interface SaSolverOptions {
  /** Evaluations that the predictor combines, 1 to 4. Default 2. */
  predictorOrder?: number;
  /** Evaluations that the corrector combines, the one at the predicted state included; 0 leaves it out. Default 2. */
  correctorOrder?: number;
  /** How much noise: 0 is the ODE, 1 the reverse SDE; a function of the noise level that a step starts from. The paper's tau. Default 1. */
  eta?: number | ((sigma: number) => number);
  /** What the polynomial goes through: D, or the noise (x - D)/sigma. Default 'data'. */
  extrapolates?: Extrapolates;
  /** In how many of the last steps the orders are limited to the steps left. Default 4. */
  lowerOrderFinal?: number;
}

interface State {
  /** Latest evaluation first. */
  history: readonly { sigma: number; value: tf.Tensor }[];
  /** The state that the last predictor started from, its noise, and how many evaluations were used. */
  x: tf.Tensor;
  noise: tf.Tensor;
  eta: number;
  points: number;
}

/**
 * SA-Solver: stochastic Adams, a predictor and a corrector that share their noise. One evaluation a step. With
 * h = ln(sigma/sigma'), tau the paper's word for `eta`, and the polynomial L through the last evaluations of D,
 *
 *     x' = e^(-(1+tau^2) h) x + (1+tau^2) int e^(-(1+tau^2)(lambda' - l)) L(l) dl + sigma' sqrt(1 - e^(-2 tau^2 h)) n
 *
 * and, through D with two evaluations, the published term of third order in h. The last step to 0 gives D.
 *
 * **Order** 2 · **Evaluations** 1 a step · **Memory** 4 tensors
 *
 * @throws DiptychError if an order is out of range
 * @see Xue et al. 2023, "SA-Solver: stochastic Adams solver for fast sampling of diffusion models", algorithm 1, eq. 14 and appendix B.5,
 * arXiv:2309.05019
 * @example
 * sample(saSolver(), denoise, { sigmas: exponentialSigmas(20), shape: [8, 32, 32, 3], key: key(0) });
 */
export function saSolver(options: SaSolverOptions = {}): Sampler<State> {
  const {
    predictorOrder = 2,
    correctorOrder = 2,
    eta = 1,
    extrapolates = 'data',
    lowerOrderFinal = 4,
  } = checkOptions('saSolver', options, {
    predictorOrder: rules.oneOf(1, 2, 3, 4),
    correctorOrder: rules.oneOf(0, 1, 2, 3, 4),
    eta: rules.either(rules.nonNegative, rules.callback),
    extrapolates: extrapolatesRule,
    lowerOrderFinal: rules.index,
  });
  const onData = extrapolates === 'data';

  function update(
    from: Pick<State, 'x' | 'noise' | 'eta'>,
    points: State['history'],
    start: number,
    to: number,
    predictor: boolean,
  ) {
    const h = Math.log(start / to);
    const rate = onData ? 1 + from.eta ** 2 : -1;
    const at = points.map(({ sigma }) => Math.log(to / sigma));
    const c = lagrangeIntegrals(at, -h, 0, { rate }).map((integral) => rate * integral);
    if (points.length === 2 && onData) {
      const k = rate * h;
      const gap = predictor ? Math.log(points[1].sigma / points[0].sigma) : h;
      const term = (rate * (h ** 2 / 2 - (k - 1 + Math.exp(-k)) / rate ** 2)) / gap;
      c[0] += term;
      c[1] -= term;
    }
    const scale = onData ? 1 : (1 + from.eta ** 2) * to;
    const variance = onData ? -Math.expm1(-2 * from.eta ** 2 * h) : from.eta ** 2 * Math.expm1(2 * h);
    return linearCombination(
      [onData ? Math.exp(-rate * h) : 1, from.x],
      [to * Math.sqrt(variance), from.noise],
      ...points.map(({ value }, i) => [scale * c[i], value] as const),
    );
  }

  return {
    name: 'saSolver',
    step(x, denoise, { sigma, sigmaNext, sigmas, index, state, noise }) {
      const denoised = denoise(x, sigma);
      const value = onData ? denoised : noiseEstimate(x, denoised, sigma);
      const here = { sigma, value };
      const left = sigmas.length - 1 - index;
      let corrected = x;
      if (state && correctorOrder > 0) {
        // Those that the last predictor could have used, and the new one.
        const points = [here, ...state.history].slice(0, Math.min(correctorOrder, state.points + 1));
        corrected = update(state, points, state.history[0].sigma, sigma, false);
      }
      const history = [here, ...(state?.history ?? [])].slice(0, Math.max(predictorOrder, correctorOrder));
      const points = left <= lowerOrderFinal ? Math.min(history.length, left) : history.length;
      const amount = typeof eta === 'function' ? eta(sigma) : eta;
      const next = {
        x: corrected,
        noise: amount > 0 && sigmaNext > 0 ? noise(sigma, sigmaNext) : tf.zerosLike(x),
        eta: amount,
      };
      const moved =
        sigmaNext === 0
          ? denoised
          : update(next, history.slice(0, Math.min(predictorOrder, points)), sigma, sigmaNext, true);
      return { x: moved, denoised, state: { ...next, history, points } };
    },
  };
}
