import { checkOptions, rules } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { solve } from '../numeric/solve.ts';
import { type Extrapolates, extrapolatesRule } from './multistep-options.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { linearCombination, noiseEstimate } from './step-arithmetic.ts';

export interface UniPcOptions {
  /** Order of the predictor; the corrector adds one. Default 2. */
  order?: 1 | 2 | 3;
  /** B(h) of the paper: h ('bh1'), or e^h - 1 ('bh2'). Default 'bh2'. */
  variant?: 'bh1' | 'bh2';
  /** What the polynomial goes through: D, or the noise (x - D)/sigma. Default 'data'. */
  extrapolates?: Extrapolates;
  /** Whether to correct the state that step `index` made, once the next evaluation is there. Default always. */
  correct?: (index: number) => boolean;
  /** In how many of the last steps the order is limited to the steps left. Default 3. */
  lowerOrderFinal?: number;
}

interface State {
  /** Latest evaluation first. */
  history: readonly { sigma: number; value: Tensor }[];
  /** The state that the last predictor started from, and its order. */
  x: Tensor;
  order: number;
}

/**
 * UniPC: a multistep predictor of any order, and a corrector that uses the evaluation at the predicted state, which the next step needs
 * anyway. One evaluation a step. The last step to 0 gives D.
 *
 *     x' = R x - S (phi_1 d_0 + B(h) sum_m rho_m D_m/r_m),   sum_m rho_m r_m^(k-1) = k! phi_(k+1)/B(h)
 *
 * **Order** 3 · **Evaluations** 1 a step · **Memory** 3 tensors
 *
 * @throws DiptychError if an option is out of range
 * @see Zhao et al. 2023, "UniPC", algorithms 5 to 8 and eq. 9, arXiv:2302.04867
 * @example
 * sample(uniPc(), denoise, { sigmas: exponentialSigmas(10), shape: [8, 32, 32, 3], key: key(0) });
 */
export function uniPc(options: UniPcOptions = {}): Sampler<State> {
  const {
    order = 2,
    variant = 'bh2',
    extrapolates = 'data',
    correct = () => true,
    lowerOrderFinal = 3,
  } = checkOptions('uniPc', options, {
    order: rules.oneOf(1, 2, 3),
    variant: rules.oneOf('bh1', 'bh2'),
    extrapolates: extrapolatesRule,
    correct: rules.callback,
    lowerOrderFinal: rules.index,
  });
  const onData = extrapolates === 'data';

  /** From the latest of `history` to sigmaNext; with `reached`, the evaluation there, it corrects. */
  function update(x: Tensor, history: State['history'], p: number, sigmaNext: number, reached?: Tensor): Tensor {
    const [start, ...older] = history.slice(0, p);
    const h = Math.log(start!.sigma / sigmaNext);
    const z = onData ? -h : h;
    const phi1 = Math.expm1(z);
    const b = variant === 'bh1' ? z : phi1;
    const points = older.map(({ sigma, value }) => ({ r: Math.log(start!.sigma / sigma) / h, value }));
    if (reached) points.push({ r: 1, value: reached });
    let [phi, factorial] = [phi1 / z - 1, 1];
    const right = points.map((_, k) => {
      const value = (phi * factorial) / b;
      factorial *= k + 2;
      phi = phi / z - 1 / factorial;
      return value;
    });
    // With one point the published weight is 1/2, not the solution.
    const rho =
      points.length === 1
        ? [0.5]
        : solve(
            points.map((_, k) => points.map(({ r }) => r ** k)),
            right.map((value) => [value]),
          ).flat();
    const scale = onData ? 1 : sigmaNext;
    const weights = points.map(({ r }, i) => (b * rho[i]) / r);
    const rest = phi1 - weights.reduce((sum, weight) => sum + weight, 0);
    const parts = points.map(({ value }, i) => [-scale * weights[i], value] as const);
    return linearCombination([onData ? Math.exp(z) : 1, x], [-scale * rest, start!.value], ...parts);
  }

  return {
    name: 'uniPc',
    step(x, denoise, { sigma, sigmaNext, sigmas, index, state }) {
      const denoised = denoise(x, sigma);
      const value = onData ? denoised : noiseEstimate(x, denoised, sigma);
      const corrected = state && correct(index - 1) ? update(state.x, state.history, state.order, sigma, value) : x;
      const history = [{ sigma, value }, ...(state?.history ?? [])].slice(0, order);
      const left = sigmas.length - 1 - index;
      const p = Math.min(history.length, left <= lowerOrderFinal ? left : order);
      // To 0 the estimate at the corrected state is not there; D is the limit of order 1.
      const moved = sigmaNext === 0 ? denoised : update(corrected, history, p, sigmaNext);
      return { x: moved, denoised, state: { history, x: corrected, order: p } };
    },
  };
}
