import { checkOptions, rules } from '@diptych/formats/errors';
import type { Sampler } from '../contracts/sampler.ts';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';
import { addNoise, ancestralStep, lerp, linearCombination } from './step-arithmetic.ts';

export type DpmSolverPP2SOptions = StochasticOptions;

/**
 * DPM-Solver++(2S): the midpoint rule in lambda = -ln sigma with exponential weights; two evaluations a step, one in the last step if
 * it ends at 0. Order 2. With eta, ancestral: to a lower noise level, then noise up.
 *
 *     x_s = D + s/sigma (x - D),  s = sqrt(sigma down);   x' = D_s + down/sigma (x - D_s) + up n
 *
 * **Order** 2 · **Evaluations** 2 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Lu et al. 2022, "DPM-Solver++", algorithm 1 with r = 1/2, arXiv:2211.01095
 * @example
 * sample(dpmSolverPP2S(), denoise, { sigmas: karrasSigmas(15), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpmSolverPP2S(options: DpmSolverPP2SOptions = {}): Sampler {
  const { eta = 0, noiseScale = 1 } = checkOptions('dpmSolverPP2S', options, stochasticRules);
  return {
    name: 'dpmSolverPP2S',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const { down, up } = ancestralStep(sigma, sigmaNext, eta);
      const denoised = denoise(x, sigma);
      let latest = denoised;
      if (down > 0) {
        const middle = Math.sqrt(sigma * down);
        latest = denoise(lerp(denoised, x, middle / sigma), middle);
      }
      const moved = lerp(latest, x, down / sigma);
      return { x: addNoise(moved, up * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}

export interface DpmSolverPPSdeOptions extends StochasticOptions {
  /** Where the second evaluation lies between the levels, in ln sigma. Default 1/2. */
  r?: number;
}

/**
 * DPM-Solver++ SDE, single step: an ancestral half step, then an ancestral whole step with the estimates of both combined. Two evaluations and two draws
 * of noise a step, which overlap: meant for `brownianNoise`.
 *
 * **Order** weak 1 · **Evaluations** 2 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Lu et al. 2022, "DPM-Solver++", section 5 and algorithm 1, arXiv:2211.01095
 * @example
 * sample(dpmSolverPPSde(), denoise, { sigmas, shape, key: key(0), noise: brownianNoise(key(1), { sigmaMin: 0.01, sigmaMax: 80 }) });
 */
export function dpmSolverPPSde(options: DpmSolverPPSdeOptions = {}): Sampler {
  const {
    eta = 1,
    noiseScale = 1,
    r = 0.5,
  } = checkOptions('dpmSolverPPSde', options, { ...stochasticRules, r: rules.interval('(0, 1]') });
  return {
    name: 'dpmSolverPPSde',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const denoised = denoise(x, sigma);
      if (sigmaNext === 0) return { x: denoised, denoised };
      const part = (to: number, estimate: typeof x) => {
        const { down, up } = ancestralStep(sigma, to, eta);
        return addNoise(lerp(estimate, x, down / sigma), up * noiseScale, step, sigma, to);
      };
      const middle = sigma * (sigmaNext / sigma) ** r;
      const second = denoise(part(middle, denoised), middle);
      return { x: part(sigmaNext, linearCombination([1 - 1 / (2 * r), denoised], [1 / (2 * r), second])), denoised };
    },
  };
}
