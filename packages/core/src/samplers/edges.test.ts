import '@tensorflow/tfjs-backend-cpu';
import { gaussianOracle } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Denoise } from '../contracts/denoiser.ts';
import { key } from '../random/key.ts';
import { linearBetas } from '../schedules/betas/linear-betas.ts';
import { discreteSchedule } from '../schedules/discrete-schedule.ts';
import { consistency } from './consistency.ts';
import { ddim } from './ddim.ts';
import { ddpm, fixedLarge, learnedRange } from './ddpm.ts';
import { deis } from './deis.ts';
import { dpm2, dpm2Ancestral } from './dpm2.ts';
import { dpmSolverPP2S, dpmSolverPPSde } from './dpm-solver-pp-2s.ts';
import { dpmSolverPP } from './dpm-solver-pp.ts';
import { dpmSolverSinglestep } from './dpm-solver-singlestep.ts';
import { dpmSolver } from './dpm-solver.ts';
import { generalizedHeun } from './edm-sampler.ts';
import { eulerAncestral } from './euler-ancestral.ts';
import { eulerMaruyama } from './euler-maruyama.ts';
import { euler } from './euler.ts';
import { heun } from './heun.ts';
import { lms } from './lms.ts';
import { pndm } from './pndm.ts';
import { predictorCorrector } from './predictor-corrector.ts';
import { saSolver } from './sa-solver.ts';
import { sample } from '../sampling/sample.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { tcd } from './tcd.ts';
import { veSchedule } from '../schedules/ve-schedule.ts';
import { uniPc } from './uni-pc.ts';

const chain = discreteSchedule(linearBetas());
/** Noise levels of a chain, so that the samplers that look a timestep up take them, too. */
const level = (t: number) => chain.sigmas[t]!;
const grids = {
  'one step to 0': [level(900), 0],
  'two steps to 0': [level(900), level(400), 0],
  'three steps to 0': [level(900), level(600), level(200), 0],
  'four steps to 0': [level(900), level(700), level(400), level(100), 0],
  'one step': [level(900), level(300)],
  'two steps': [level(900), level(500), level(100)],
  'three steps': [level(900), level(600), level(300), level(50)],
  'from pure noise to 0': [1e8, level(500), 0],
};

const each = <T>(options: readonly T[], make: (option: T) => [string, () => Sampler]) => options.map(make);
const finals = [0, 1, 2, 3, 4, 9];
const samplers: [string, () => Sampler][] = [
  ['euler()', () => euler()],
  ['heun()', () => heun()],
  ['dpm2()', () => dpm2()],
  ['dpm2Ancestral()', () => dpm2Ancestral()],
  ['dpmSolverPP2S({ eta: 1 })', () => dpmSolverPP2S({ eta: 1 })],
  ['dpmSolverPP2S()', () => dpmSolverPP2S()],
  ['dpmSolverPPSde()', () => dpmSolverPPSde()],
  ['eulerAncestral()', () => eulerAncestral()],
  ['eulerMaruyama()', () => eulerMaruyama()],
  ['ddim()', () => ddim()],
  ['ddim({ eta: 1 })', () => ddim({ eta: 1 })],
  ['ddpm()', () => ddpm()],
  ['ddpm({ deviation: fixedLarge })', () => ddpm({ deviation: fixedLarge })],
  ['ddpm({ deviation: learnedRange })', () => ddpm({ deviation: learnedRange(() => tf.scalar(0.5)) })],
  ['consistency()', () => consistency()],
  ['tcd()', () => tcd(chain)],
  ['generalizedHeun()', () => generalizedHeun()],
  ['generalizedHeun({ alpha: 0.5 })', () => generalizedHeun({ alpha: 0.5 })],
  ['generalizedHeun({ schedule: veSchedule() })', () => generalizedHeun({ schedule: veSchedule() })],
  [
    'generalizedHeun({ schedule: veSchedule(), order: 1 })',
    () => generalizedHeun({ schedule: veSchedule(), order: 1 }),
  ],
  ['predictorCorrector(ddpm())', () => predictorCorrector(ddpm())],
  ...each([1, 2, 3, 4, 6], (order) => [`lms({ order: ${order} })`, () => lms({ order })]),
  ...each(['plms', 'prk', 'none'] as const, (start) => [`pndm({ start: '${start}' })`, () => pndm({ start })]),
  ...each([1, 2, 3] as const, (order) => [
    `dpmSolverSinglestep({ order: ${order} })`,
    () => dpmSolverSinglestep({ order }),
  ]),
  ...each([1, 2, 3] as const, (order) => [
    `dpmSolverSinglestep({ order: ${order}, extrapolates: 'noise', eta: 1, correction: 'heun' })`,
    () => dpmSolverSinglestep({ order, extrapolates: 'noise', eta: 1, correction: 'heun' }),
  ]),
  ...finals.flatMap((lowerOrderFinal) =>
    ([1, 2, 3] as const).flatMap((order): [string, () => Sampler][] => {
      const options = { order, lowerOrderFinal };
      const shown = `order: ${order}, lowerOrderFinal: ${lowerOrderFinal}`;
      return [
        [`dpmSolver({ ${shown} })`, () => dpmSolver(options)],
        [`dpmSolver({ ${shown}, eta: 1 })`, () => dpmSolver({ ...options, eta: 1 })],
        [`dpmSolverPP({ ${shown} })`, () => dpmSolverPP(options)],
        [`dpmSolverPP({ ${shown}, eta: 1 })`, () => dpmSolverPP({ ...options, eta: 1 })],
        [`deis({ ${shown} })`, () => deis(options)],
        [`uniPc({ ${shown} })`, () => uniPc(options)],
        [`uniPc({ ${shown}, variant: 'bh1' })`, () => uniPc({ ...options, variant: 'bh1' })],
        [`uniPc({ ${shown}, extrapolates: 'noise' })`, () => uniPc({ ...options, extrapolates: 'noise' })],
        [
          `saSolver({ orders ${shown} })`,
          () => saSolver({ predictorOrder: order, correctorOrder: order, lowerOrderFinal }),
        ],
        [
          `saSolver({ orders ${shown}, eta 0 })`,
          () => saSolver({ predictorOrder: order, correctorOrder: order - 1, lowerOrderFinal, eta: 0 }),
        ],
      ];
    }),
  ),
];

const initial = (sigma: number) =>
  tf.tensor(
    [1, -2, 0.5, 0.25].map((z) => z * Math.hypot(0.5, sigma)),
    [4, 1],
  );
async function end(sampler: Sampler, denoise: Denoise, sigmas: readonly number[]): Promise<number[]> {
  const start = initial(sigmas[0]!);
  const x = await sample(sampler, denoise, { sigmas, initial: start, key: key(1) });
  const values = Array.from(await x.data());
  tf.dispose([start, x]);
  return values;
}

describe('every sampler, with any start and end of its orders, on the shortest grids', () => {
  const point: Denoise = (x) => tf.fill(x.shape, 0.3);
  const oracle = gaussianOracle({ std: 0.5 });

  it.each(samplers)('%s: ends at 0 exactly in data that are one point', async (_, make) => {
    for (const [name, sigmas] of Object.entries(grids)) {
      if (sigmas.at(-1) !== 0) continue;
      // Of a state in the 1e8s float32 keeps no more than 8 units.
      const tolerance = sigmas[0]! > 1e6 ? 20 : 2e-4;
      for (const value of await end(make(), point, sigmas)) {
        expect(Math.abs(value - 0.3), `${name}: ${value}`).toBeLessThan(tolerance);
      }
    }
  });

  it.each(samplers)('%s: gives D of the only step to 0', async (_, make) => {
    const sigmas = grids['one step to 0'];
    const start = initial(sigmas[0]!);
    const denoised = oracle.denoise(start, sigmas[0]!);
    const expected = Array.from(await denoised.data());
    tf.dispose([start, denoised]);
    (await end(make(), oracle.denoise, sigmas)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  });

  // Steps as long as these may be far off: a step of noise prediction on the SDE multiplies errors by e^2h.
  it.each(samplers)('%s: stays finite and does not blow up, to 0 and above it', async (_, make) => {
    for (const [name, sigmas] of Object.entries(grids)) {
      if (sigmas[0]! > 1e6) continue;
      for (const value of await end(make(), oracle.denoise, sigmas)) {
        expect(Math.abs(value), `${name}: ${value}`).toBeLessThan(2000 * Math.hypot(0.5, sigmas.at(-1)!));
      }
    }
  });
});

describe('orders at the edge', () => {
  it.each([
    ['dpmSolverPP', (lowerOrderFinal: number) => dpmSolverPP({ lowerOrderFinal })],
    ['dpmSolver', (lowerOrderFinal: number) => dpmSolver({ lowerOrderFinal })],
    ['deis', (lowerOrderFinal: number) => deis({ lowerOrderFinal })],
    ['uniPc', (lowerOrderFinal: number) => uniPc({ lowerOrderFinal })],
    ['saSolver', (lowerOrderFinal: number) => saSolver({ lowerOrderFinal })],
  ])('%s() refuses a lowerOrderFinal that is no number of steps', (name, make) => {
    for (const bad of [-1, 0.5, NaN]) {
      expect(() => make(bad)).toThrow(`${name}: lowerOrderFinal must be an integer >= 0, got ${bad}`);
    }
  });

  it.each([
    ['dpmSolverPP', (o: number) => dpmSolverPP({ order: 3, lowerOrderFinal: o })],
    ['dpmSolver', (o: number) => dpmSolver({ order: 3, lowerOrderFinal: o })],
    ['deis', (o: number) => deis({ order: 3, lowerOrderFinal: o })],
    ['uniPc', (o: number) => uniPc({ order: 3, lowerOrderFinal: o, correct: () => false })],
  ] as const)('%s(): lowerOrderFinal 1 makes the last of two steps one of order 1, 0 does not', async (_, make) => {
    const oracle = gaussianOracle({ std: 0.5 });
    const sigmas = grids['two steps'];
    const [one, zero] = [await end(make(1), oracle.denoise, sigmas), await end(make(0), oracle.denoise, sigmas)];
    // Order 1 is DDIM, in every one of these.
    const euler = await end(ddim(), oracle.denoise, sigmas);
    one.forEach((value, i) => expect(value).toBeCloseTo(euler[i]!, 4));
    expect(zero.some((value, i) => Math.abs(value - one[i]!) > 1e-3)).toBe(true);
  });

  it('pndm() refuses a start that is none, and a middle outside its step', async () => {
    expect(() => pndm({ start: 'rk' as 'prk' })).toThrow('pndm: start must be one of "plms", "prk", "none", got "rk"');
    const outside = pndm({ start: 'prk', middle: () => 99 });
    await expect(end(outside, (x) => x, [4, 2, 0])).rejects.toThrow('pndm: middle must be a level in 2 .. 4, got 99');
  });

  it('dpmSolverSinglestep() refuses orders above 3, and a step to 0 inside a block', async () => {
    const of = (orders: number[], sigmas: number[]) => end(dpmSolverSinglestep({ orders }), (x) => x, sigmas);
    await expect(of([1, 2, 3, 4], [16, 8, 4, 2, 1])).rejects.toThrow(
      'dpmSolverSinglestep: orders[3] must be 1, or one more',
    );
    await expect(of([1, 2], [4, 2, 0])).rejects.toThrow('dpmSolverSinglestep: orders[1] must be 1 in a step to 0');
  });
});
