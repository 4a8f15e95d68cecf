import { check, checkOptions, rules } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { pureNoise } from '../schedules/pure-noise.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { linearCombination, noiseEstimate } from './step-arithmetic.ts';

export interface PndmOptions {
  /**
   * How the first steps are made: 'plms' evaluates twice in the first, 'prk' makes Runge-Kutta steps of order 4 in the first
   * three, 'none' (iPNDM) begins with Euler's method and raises the order. A step to 0 or from `pureNoise`, at
   * whose end there is nothing to evaluate, combines what there is. Default 'plms'.
   */
  start?: 'plms' | 'prk' | 'none';
  /** The middle of a Runge-Kutta step. Default the geometric mean. */
  middle?: (sigma: number, sigmaNext: number) => number;
}

/** Adams and Bashforth's weights for equal steps, latest first. */
const weights = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const;

/**
 * PNDM: the noise estimates e = (x - D)/sigma of the last four steps combined with the weights for equal steps in time, then
 * x' = x + (sigma' - sigma) e. One evaluation a step, after the start.
 *
 * **Order** 4 · **Evaluations** 1 a step · **Memory** 4 tensors
 *
 * @throws DiptychError if start is none of these, or (when used) middle not between the levels of its step
 * @see Liu et al. 2022, "Pseudo numerical methods for diffusion models", eq. 12 and 13, arXiv:2202.09778; Zhang and Chen 2022, section 4
 * (iPNDM), arXiv:2204.13902
 * @example
 * sample(pndm(), denoise, { sigmas: [...leadingTimesteps(50).map(chain.sigma), 0], shape: [8, 32, 32, 3], key: key(0) });
 */
export function pndm(options: PndmOptions = {}): Sampler<readonly Tensor[]> {
  const { start = 'plms', middle = (sigma, sigmaNext) => Math.sqrt(sigma * sigmaNext) } = checkOptions<PndmOptions>(
    'pndm',
    options,
    { start: rules.oneOf('plms', 'prk', 'none'), middle: rules.callback },
  );
  return {
    name: 'pndm',
    step(x, denoise, { index, sigma, sigmaNext, state = [] }) {
      const denoised = denoise(x, sigma);
      const e = noiseEstimate(x, denoised, sigma);
      // x + (to - sigma) e, written so that nothing cancels when sigma is large.
      const moved = (to: number, extra: readonly (readonly [number, Tensor])[] = []) =>
        linearCombination(
          [to / sigma, x],
          [1 - to / sigma, denoised],
          ...extra.map(([w, of]) => [(to - sigma) * w, of] as const),
        );
      const noise = (at: Tensor, level: number) => noiseEstimate(at, denoise(at, level), level);
      const history = [e, ...state].slice(0, 4);
      let extra: readonly (readonly [number, Tensor])[];
      if (start === 'prk' && index < 3 && sigma < pureNoise && sigmaNext > 0) {
        const level = middle(sigma, sigmaNext);
        check(level >= sigmaNext && level <= sigma, 'pndm', 'middle', `a level in ${sigmaNext} .. ${sigma}`, level);
        const k2 = noise(moved(level), level);
        const k3 = noise(
          moved(level, [
            [1, k2],
            [-1, e],
          ]),
          level,
        );
        const k4 = noise(
          moved(sigmaNext, [
            [1, k3],
            [-1, e],
          ]),
          sigmaNext,
        );
        extra = [
          [-5 / 6, e],
          [1 / 3, k2],
          [1 / 3, k3],
          [1 / 6, k4],
        ];
      } else if (start === 'plms' && index === 0 && sigmaNext > 0) {
        extra = [
          [-1 / 2, e],
          [1 / 2, noise(moved(sigmaNext), sigmaNext)],
        ];
      } else {
        const w = weights[history.length - 1];
        extra = history.map((of, i) => [i === 0 ? w[0] - 1 : w[i], of] as const);
      }
      return { x: moved(sigmaNext, extra), denoised, state: history };
    },
  };
}
