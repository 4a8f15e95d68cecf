import { check, checkCount, checkIndex, checkOptions, rules } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/sampler.ts';
import { extrapolatesRule, type Extrapolates } from './multistep-options.ts';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';
import { addNoise, linearCombination, noiseEstimate } from './step-arithmetic.ts';

export interface DpmSolverSinglestepOptions extends StochasticOptions {
  /** Steps of a block: each block of so many steps of the grid is one step of that order. Default 2. */
  order?: 1 | 2 | 3;
  /** What the polynomial goes through: D (DPM-Solver++), or the noise (DPM-Solver). Default 'data'. */
  extrapolates?: Extrapolates;
  /** How the corrections are weighted, as published. Default 'midpoint'. */
  correction?: 'midpoint' | 'heun';
  /** Order of every step of the grid, 1 beginning a block, in place of `singlestepOrders`. */
  orders?: readonly number[];
}

type Block = { x: Tensor; values: readonly { sigma: number; value: Tensor }[] };

/**
 * Which order each of n steps of the grid has: 1, 2, 3, 1, 2, 3, …, and 1 in the last, so that it may end at 0.
 *
 * @see Lu et al. 2022, "DPM-Solver", section 3.4, arXiv:2206.00927
 * @example
 * singlestepOrders(5, 3); // [1, 2, 3, 1, 1]
 */
export function singlestepOrders(n: number, order: number): number[] {
  checkIndex('singlestepOrders', { n });
  checkCount('singlestepOrders', { order });
  return Array.from({ length: n }, (_, i) => (i === n - 1 ? 1 : (i % order) + 1));
}

/**
 * DPM-Solver and DPM-Solver++ singlestep: blocks of `order` evaluations, every one on the grid, each block one Runge-Kutta step with
 * exponential weights. The states inside a block are its stages.
 *
 * **Order** 2 · **Evaluations** 1 a step · **Memory** 3 tensors
 *
 * @throws DiptychError if an option is out of range, or orders do not fit the grid
 * @see Lu et al. 2022, "DPM-Solver", algorithms 1 and 2, arXiv:2206.00927; "DPM-Solver++", algorithm 1, arXiv:2211.01095
 * @example
 * sample(dpmSolverSinglestep({ order: 3 }), denoise, { sigmas: exponentialSigmas(15), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpmSolverSinglestep(options: DpmSolverSinglestepOptions = {}): Sampler<Block> {
  const {
    order = 2,
    extrapolates = 'data',
    correction = 'midpoint',
    eta = 0,
    noiseScale = 1,
    orders,
  } = checkOptions('dpmSolverSinglestep', options, {
    ...stochasticRules,
    order: rules.oneOf(1, 2, 3),
    extrapolates: extrapolatesRule,
    correction: rules.oneOf('midpoint', 'heun'),
    orders: rules.list(rules.count),
  });
  const name = 'dpmSolverSinglestep';
  const onData = extrapolates === 'data';
  return {
    name,
    step(x, denoise, step) {
      const { sigma, sigmaNext, sigmas, index, state } = step;
      const each = orders ?? singlestepOrders(sigmas.length - 1, order);
      const now = each[index];
      const follows = now === 1 || (now === (each[index - 1] ?? 0) + 1 && now <= 3);
      check(follows, name, `orders[${index}]`, '1, or one more than before up to 3', now);
      check(sigmaNext > 0 || now === 1, name, `orders[${index}]`, '1 in a step to 0', now);
      const denoised = denoise(x, sigma);
      const value = onData ? denoised : noiseEstimate(x, denoised, sigma);
      const block = now === 1 ? { x, values: [] } : state!;
      const values = [...block.values, { sigma, value }];
      const next = { x: block.x, values };
      if (sigmaNext === 0 && now === 1) return { x: denoised, denoised, state: next };

      const start = values[0].sigma;
      const h = Math.log(start / sigmaNext);
      const z = onData ? -h * (1 + eta) : h;
      const phi1 = Math.expm1(z);
      const phi2 = phi1 / z - 1;
      const phi3 = phi2 / z - 0.5;
      const [, r1, r2] = values.map((at) => Math.log(start / at.sigma) / h);
      // Weights of the values at the stages: of the first, and of differences to it.
      let weights = [phi1];
      if (now === 2) {
        const c = (correction === 'midpoint' ? phi1 / 2 : phi2) / r1!;
        weights = [phi1 - c, c];
      } else if (now === 3) {
        const [a, b] =
          correction === 'midpoint'
            ? [0, phi2 / r2!]
            : [(phi2 * r2! - 2 * phi3) / (r2! - r1!) / r1!, (2 * phi3 - phi2 * r1!) / (r2! - r1!) / r2!];
        weights = [phi1 - a - b, a, b];
      }
      const scale = onData ? 1 : sigmaNext * (1 + eta);
      const parts = weights.map((weight, i) => [-scale * weight, values[i].value] as const);
      const moved = linearCombination([onData ? Math.exp(z) : 1, block.x], ...parts);
      const variance = onData ? -Math.expm1(-2 * eta * h) : eta * Math.expm1(2 * h);
      const std = sigmaNext * Math.sqrt(variance) * noiseScale;
      return { x: addNoise(moved, std, step, start, sigmaNext), denoised, state: next };
    },
  };
}
