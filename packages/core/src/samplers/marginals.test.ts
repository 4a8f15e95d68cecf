import '@tensorflow/tfjs-backend-cpu';
import { expectMarginal, expectWeakOrder, marginalVariance } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { key } from '../random/key.ts';
import { linearBetas } from '../schedules/betas/linear-betas.ts';
import { discreteSchedule } from '../schedules/discrete-schedule.ts';
import { exponentialSigmas } from '../grids/exponential-sigmas.ts';
import { brownianNoise } from '../sampling/brownian-noise.ts';
import { consistency } from './consistency.ts';
import { ddim } from './ddim.ts';
import { ddpm, fixedLarge, learnedRange } from './ddpm.ts';
import { dpmFast, dpmFastSigmas } from './dpm-adaptive.ts';
import { dpmSolverPP2S, dpmSolverPPSde } from './dpm-solver-pp-2s.ts';
import { dpmSolverPP } from './dpm-solver-pp.ts';
import { dpmSolverSinglestep } from './dpm-solver-singlestep.ts';
import { dpmSolver } from './dpm-solver.ts';
import { dpm2, dpm2Ancestral } from './dpm2.ts';
import { generalizedHeun } from './edm-sampler.ts';
import { eulerAncestral } from './euler-ancestral.ts';
import { eulerMaruyama } from './euler-maruyama.ts';
import { euler } from './euler.ts';
import { heun } from './heun.ts';
import { measuredNorms, predictorCorrector } from './predictor-corrector.ts';
import { saSolver } from './sa-solver.ts';
import { sample } from '../sampling/sample.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { tcd } from './tcd.ts';
import { subVpSchedule } from '../schedules/sub-vp-schedule.ts';
import { veSchedule } from '../schedules/ve-schedule.ts';
import { vpSchedule } from '../schedules/vp-schedule.ts';

/** n steps, evenly in ln sigma, that end above 0. */
const grid = (n: number, sigmaMax = 10, sigmaMin = 0.1) =>
  exponentialSigmas(n + 1, { sigmaMin, sigmaMax }).slice(0, -1);

// Weak order on the Gaussian oracle, and how many steps keep the error of the variance well below a standard error.
const stochastic: [string, () => Sampler, order: number, steps: number][] = [
  ['ddim({ eta: 1 })', () => ddim({ eta: 1 }), 1, 40],
  ['ddim({ eta: 0.5 })', () => ddim({ eta: 0.5 }), 1, 40],
  ['ddpm()', () => ddpm(), 1, 40],
  ['ddpm({ deviation: fixedLarge })', () => ddpm({ deviation: fixedLarge }), 1, 40],
  ['ddpm({ deviation: learnedRange })', () => ddpm({ deviation: learnedRange(() => tf.scalar(0)) }), 1, 40],
  ['eulerAncestral()', () => eulerAncestral(), 1, 40],
  ['dpm2Ancestral()', () => dpm2Ancestral(), 2, 20],
  ['dpmSolverPP2S({ eta: 1 })', () => dpmSolverPP2S({ eta: 1 }), 2, 20],
  ['dpmSolverPPSde()', () => dpmSolverPPSde(), 1, 40],
  ['dpmSolverPP({ order: 1, eta: 1 })', () => dpmSolverPP({ order: 1, eta: 1 }), 1, 40],
  ['dpmSolverPP({ eta: 1 })', () => dpmSolverPP({ eta: 1 }), 2, 20],
  ["dpmSolverPP({ eta: 1, correction: 'heun' })", () => dpmSolverPP({ eta: 1, correction: 'heun' }), 2, 20],
  ['dpmSolverPP({ order: 3, eta: 1 })', () => dpmSolverPP({ order: 3, eta: 1 }), 2, 20],
  ['dpmSolver({ eta: 1 })', () => dpmSolver({ eta: 1 }), 2, 20],
  ['saSolver()', () => saSolver(), 2, 20],
  ['saSolver({ predictorOrder: 1 })', () => saSolver({ predictorOrder: 1, correctorOrder: 0 }), 1, 40],
  ['euler({ churn: 2 })', () => euler({ churn: 2 }), 1, 60],
  ['heun({ churn: 2 })', () => heun({ churn: 2 }), 2, 20],
  ['dpm2({ churn: 2 })', () => dpm2({ churn: 2 }), 2, 20],
  ['generalizedHeun({ churn: 2 })', () => generalizedHeun({ churn: 2 }), 2, 20],
  ['eulerMaruyama()', () => eulerMaruyama(), 1, 40],
  ['eulerMaruyama({ eta: 0.5 })', () => eulerMaruyama({ eta: 0.5 }), 1, 40],
  ['eulerMaruyama({ schedule: veSchedule() })', () => eulerMaruyama({ schedule: veSchedule() }), 1, 40],
  ['eulerMaruyama({ schedule: vpSchedule() })', () => eulerMaruyama({ schedule: vpSchedule() }), 1, 40],
  ['eulerMaruyama({ schedule: subVpSchedule() })', () => eulerMaruyama({ schedule: subVpSchedule() }), 1, 40],
];

describe('stochastic samplers on the Gaussian oracle', () => {
  it.each(stochastic)('%s: the variance converges with its weak order', (_, make, order) =>
    expectWeakOrder(make, order, { grid }),
  );

  it.each(stochastic)('%s: 2^16 samples have the mean and the variance of the data', (_, make, __, steps) =>
    expectMarginal(make, grid(steps, 0.5, 0.3)),
  );

  // Each stage draws for the whole way from the start of its block: independent draws leave order 1.
  it('dpmSolverSinglestep({ eta: 1 }) converges with weak order 1', () =>
    expectWeakOrder(() => dpmSolverSinglestep({ eta: 1 }), 1, { grid, steps: [64, 128, 256] }));

  // Steps of order 3 on the ODE, with the noise between them exact: n - 1 of them, and one of order 2.
  it.each([0.5, 1])(
    'dpmFast({ eta: %d }) converges with weak order 2 at least, to the variance of the data',
    async (eta) => {
      const make = (n: number) => dpmFast({ evaluations: 3 * n - 1, eta });
      const grid = (n: number) => dpmFastSigmas(3 * n - 1, { sigmaMin: 0.1, sigmaMax: 10 });
      await expectWeakOrder(make, 2, { grid, steps: [8, 16, 32] });
      await expectMarginal(() => make(10), dpmFastSigmas(29, { sigmaMin: 0.3, sigmaMax: 0.5 }));
    },
  );

  it('predictorCorrector() keeps the distribution, with either rule for its steps', async () => {
    const make = () => predictorCorrector(eulerMaruyama({ schedule: veSchedule() }));
    expect(Math.abs((await marginalVariance(make, grid(100))) / (0.25 + 0.01) - 1)).toBeLessThan(0.01);
    await expectMarginal(make, grid(30, 0.5, 0.3));
    await expectMarginal(
      () => predictorCorrector(eulerMaruyama({ schedule: veSchedule() }), { steps: 2, stepSize: measuredNorms(0.1) }),
      grid(30, 0.5, 0.3),
    );
  });

  it('predictorCorrector() mends what a bad predictor does', async () => {
    const still: Sampler = { name: 'still', step: (x, denoise, { sigma }) => ({ x, denoised: denoise(x, sigma) }) };
    const variance = await marginalVariance(() => predictorCorrector(still, { steps: 40 }), grid(20));
    // From a hundred times the variance of data to what Langevin steps of this size leave.
    expect(Math.abs(variance / (0.25 + 0.01) - 1)).toBeLessThan(0.2);
  });
});

describe('samplers of consistency and trajectory models, with the exact function', () => {
  const std = 0.5;
  const chain = discreteSchedule(linearBetas());
  const sigmas = [999, 750, 500, 250].map(chain.sigma);

  async function expectData(sampler: Sampler, denoise: (x: tf.Tensor, sigma: number) => tf.Tensor) {
    const n = 2 ** 16;
    const end = await sample(sampler, denoise, { sigmas: [...sigmas, 0], shape: [16, n / 16], key: key(5) });
    const values = (await end.data()) as Float32Array;
    end.dispose();
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / n;
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / n)).toBeLessThan((4 * std) / Math.sqrt(n));
    expect(Math.abs(variance / std ** 2 - 1), `${variance}`).toBeLessThan(4 * Math.sqrt(2 / n) + 1e-3);
  }
  /** Where the probability-flow ODE takes x from one level to another, as a factor. */
  const flow = (from: number, to: number) => Math.hypot(std, to) / Math.hypot(std, from);

  it('consistency() and tcd({ gamma: 1 }) draw from the data exactly', async () => {
    const exact = (x: tf.Tensor, sigma: number) => tf.mul(flow(sigma, 0), x);
    await expectData(consistency(), exact);
    await expectData(tcd(chain, { gamma: 1 }), exact);
  });

  it.each([0, 0.3, 0.7])('tcd({ gamma: %d }) draws from the data exactly', async (gamma) => {
    const toward = (x: tf.Tensor, sigma: number) => {
      const next = sigmas[sigmas.indexOf(sigma) + 1];
      const down = next === undefined ? 0 : chain.sigmas[Math.floor((1 - gamma) * Math.round(chain.time(next)))]!;
      // The estimate with which the straight step ends on the curved path.
      return tf.mul((flow(sigma, down) - down / sigma) / (1 - down / sigma), x);
    };
    await expectData(tcd(chain, { gamma }), toward);
  });
});

describe('dpmSolverPPSde() on a Brownian path', () => {
  it('has the variance of the data', async () => {
    const sigmas = grid(20, 0.7, 0.25);
    const noise = brownianNoise(key(6), { sigmaMin: 0.2, sigmaMax: 1, depth: 10 });
    const oracle = (x: tf.Tensor, sigma: number) => tf.mul(x, 0.25 / (0.25 + sigma ** 2));
    const initial = tf.mul(tf.randomNormal([8, 256], 0, 1, 'float32', 3), Math.hypot(0.5, 0.7));
    const end = await sample(dpmSolverPPSde(), oracle, { sigmas, initial, noise });
    const variance = (await tf.mean(tf.square(end)).data())[0]!;
    tf.dispose([initial, end]);
    expect(Math.abs(variance / (0.25 + 0.0625) - 1)).toBeLessThan(4 * Math.sqrt(2 / 2048) + 0.02);
  });
});
