import type { Tensor } from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/sampler.ts';
import type { Extrapolates } from './multistep-options.ts';
import { addNoise, linearCombination, noiseEstimate } from './step-arithmetic.ts';

export interface ExponentialMultistep {
  name: string;
  extrapolates: Extrapolates;
  order: 1 | 2 | 3;
  eta: number;
  noiseScale: number;
  correction: 'midpoint' | 'heun' | 'taylor';
  lowerOrderFinal: number;
}

type History = readonly { sigma: number; value: Tensor }[];

/**
 * The multistep solvers of DPM-Solver (through the noise: z = h, R = 1, S = sigma') and DPM-Solver++ (through D: z = -h (1 + eta), R = e^z, S = 1):
 *
 *     x' = R x - S (phi_1 d_0 + phi_2 d_1 + phi_3 d_2),   phi_1 = e^z - 1, phi_2 = phi_1/z - 1, phi_3 = phi_2/z - 1/2
 *
 * with d_0 the latest value, d_1 and d_2 its differences over lambda, in units of the step h.
 */
export function exponentialMultistep(options: ExponentialMultistep): Sampler<History> {
  const { name, extrapolates, order, eta, noiseScale, correction, lowerOrderFinal } = options;
  const onData = extrapolates === 'data';
  return {
    name,
    step(x, denoise, step) {
      const { sigma, sigmaNext, sigmas, index, state: past = [] } = step;
      const denoised = denoise(x, sigma);
      const value = onData ? denoised : noiseEstimate(x, denoised, sigma);
      const state = [{ sigma, value }, ...past].slice(0, order);
      if (sigmaNext === 0) return { x: denoised, denoised, state };

      const h = Math.log(sigma / sigmaNext);
      const z = onData ? -h * (1 + eta) : h;
      const phi1 = Math.expm1(z);
      const phi2 = phi1 / z - 1;
      // The published third order has half of Taylor's weight on the second difference.
      const phi3 = (phi2 / z - 0.5) * (correction === 'taylor' ? 2 : 1);
      const left = sigmas.length - 1 - index;
      const [now, one, two] = left <= lowerOrderFinal ? state.slice(0, left) : state;
      let weights = [phi1];
      if (one) {
        const r0 = Math.log(one.sigma / now!.sigma) / h;
        if (two) {
          const r1 = Math.log(two.sigma / one.sigma) / h;
          const on0 = phi2 + (phi2 * r0 + phi3) / (r0 + r1);
          const on1 = -(phi2 * r0 + phi3) / (r0 + r1);
          weights = [phi1 + on0 / r0, -on0 / r0 + on1 / r1, -on1 / r1];
        } else {
          const c = (correction === 'midpoint' ? phi1 / 2 : phi2) / r0;
          weights = [phi1 + c, -c];
        }
      }
      // Through the noise the SDE has 1 + eta times the drift.
      const scale = onData ? 1 : sigmaNext * (1 + eta);
      const parts = weights.map((weight, i) => [-scale * weight, state[i].value] as const);
      const moved = linearCombination([onData ? Math.exp(z) : 1, x], ...parts);
      const variance = onData ? -Math.expm1(-2 * eta * h) : eta * Math.expm1(2 * h);
      const std = sigmaNext * Math.sqrt(variance) * noiseScale;
      return { x: addNoise(moved, std, step, sigma, sigmaNext), denoised, state };
    },
  };
}
