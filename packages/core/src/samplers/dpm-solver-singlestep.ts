import { check } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { addNoise } from './add-noise.ts';
import { mix } from './mix.ts';
import type { Sampler } from '../contracts/sampler.ts';

export interface DpmSolverSinglestepOptions {
  /** Steps of a block: each block of so many steps of the grid is one step of that order. Default 2. */
  order?: 1 | 2 | 3;
  /** DPM-Solver++ (polynomial through D), or DPM-Solver (through the noise). Default true. */
  plus?: boolean;
  /** How the corrections are weighted, as published. Default 'midpoint'. */
  correction?: 'midpoint' | 'heun';
  /** SDE instead of ODE. Default false. */
  stochastic?: boolean;
  /** Order of every step of the grid, 1 beginning a block, in place of `singlestepOrders`. */
  orders?: readonly number[];
}

type Block = { x: Tensor; values: readonly { sigma: number; value: Tensor }[] };

/**
 * Which order each of n steps of the grid has: 1, 2, 3, 1, 2, 3, …, and 1 in the last, so that it may end at 0.
 *
 * @see Lu et al. 2022, "DPM-Solver", section 3.4
 * @example singlestepOrders(5, 3); // [1, 2, 3, 1, 1]
 */
export function singlestepOrders(n: number, order: number): number[] {
  return Array.from({ length: n }, (_, i) => (i === n - 1 ? 1 : (i % order) + 1));
}

/**
 * DPM-Solver and DPM-Solver++ singlestep: blocks of `order` evaluations, every one on the grid, each block one Runge-Kutta step with
 * exponential weights. The states inside a block are its stages.
 *
 * @throws DiptychError if an option is out of range, or orders do not fit the grid
 * @see Lu et al. 2022, "DPM-Solver", algorithms 1 and 2; "DPM-Solver++", algorithm 1
 * @example sample(dpmSolverSinglestep({ order: 3 }), denoise, { sigmas: exponentialSigmas(15), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpmSolverSinglestep({
  order = 2,
  plus = true,
  correction = 'midpoint',
  stochastic = false,
  orders,
}: DpmSolverSinglestepOptions = {}): Sampler<Block> {
  const name = 'dpmSolverSinglestep';
  check([1, 2, 3].includes(order), name, 'order', '1, 2 or 3', order);
  check(['midpoint', 'heun'].includes(correction), name, 'correction', "'midpoint' or 'heun'", correction);
  return {
    name,
    step(x, denoise, step) {
      const { sigma, sigmaNext, sigmas, index, state } = step;
      const each = orders ?? singlestepOrders(sigmas.length - 1, order);
      const now = each[index]!;
      const follows = now === 1 || (now === (each[index - 1] ?? 0) + 1 && now <= 3);
      check(follows, name, `orders[${index}]`, '1, or one more than before up to 3', now);
      check(sigmaNext > 0 || now === 1, name, `orders[${index}]`, '1 in a step to 0', now);
      const denoised = denoise(x, sigma);
      const value = plus ? denoised : mix([1 / sigma, x], [-1 / sigma, denoised]);
      const block = now === 1 ? { x, values: [] } : state!;
      const values = [...block.values, { sigma, value }];
      const next = { x: block.x, values };
      if (sigmaNext === 0 && now === 1) return { x: denoised, denoised, state: next };

      const start = values[0]!.sigma;
      const h = Math.log(start / sigmaNext);
      const z = plus ? -h * (stochastic ? 2 : 1) : h;
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
      const scale = plus ? 1 : sigmaNext * (stochastic ? 2 : 1);
      const parts = weights.map((weight, i) => [-scale * weight, values[i]!.value] as const);
      const moved = mix([plus ? Math.exp(z) : 1, block.x], ...parts);
      const variance = !stochastic ? 0 : plus ? -Math.expm1(-2 * h) : Math.expm1(2 * h);
      return { x: addNoise(moved, sigmaNext * Math.sqrt(variance), step, start, sigmaNext), denoised, state: next };
    },
  };
}
