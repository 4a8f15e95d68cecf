import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { gaussianOracle, measuredOrder } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Denoise } from '../contracts/denoiser.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { exponentialSigmas } from '../grids/exponential-sigmas.ts';
import { key } from '../random/key.ts';
import { sample } from '../sampling/sample.ts';
import { linearBetas } from '../schedules/betas/linear-betas.ts';
import { discreteSchedule } from '../schedules/discrete-schedule.ts';
import * as samplers from './index.ts';

type Order = Parameters<typeof measuredOrder>;
interface Case {
  file: string;
  make: () => Sampler;
  /** Grid on which calls and tensors are counted. Default 12 steps. */
  sigmas?: readonly number[];
  /** How the order is measured, where the default does not show it. */
  order?: { make?: Order[0] } & Order[1];
}

const chain = discreteSchedule(linearBetas());
const fromFar = (n: number) => exponentialSigmas(n + 1, { sigmaMin: 0.1, sigmaMax: 200 }).slice(0, -1);
const even = (n: number) => Array.from({ length: n + 1 }, (_, i) => 3 - (2.5 * i) / n);
const third = (n: number) => samplers.dpmFastSigmas(3 * n - 1, { sigmaMin: 0.1, sigmaMax: 10 });

const cases: Record<string, Case> = {
  consistency: { file: 'consistency', make: () => samplers.consistency() },
  ddim: { file: 'ddim', make: () => samplers.ddim() },
  ddpm: { file: 'ddpm', make: () => samplers.ddpm() },
  deis: { file: 'deis', make: () => samplers.deis() as Sampler },
  dpm2: { file: 'dpm2', make: () => samplers.dpm2() },
  dpm2Ancestral: { file: 'dpm2', make: () => samplers.dpm2Ancestral() },
  dpmAdaptive: { file: 'dpm-adaptive', make: () => samplers.dpmAdaptive() as Sampler, sigmas: [10, 0.01] },
  dpmFast: {
    file: 'dpm-adaptive',
    make: () => samplers.dpmFast({ evaluations: 17 }),
    sigmas: samplers.dpmFastSigmas(17, { sigmaMin: 0.01, sigmaMax: 10 }),
    order: { make: (n) => samplers.dpmFast({ evaluations: 3 * n - 1 }), grid: third, steps: [16, 24, 32] },
  },
  dpmSolver: { file: 'dpm-solver', make: () => samplers.dpmSolver() },
  dpmSolverPP: { file: 'dpm-solver-pp', make: () => samplers.dpmSolverPP() },
  dpmSolverPP2S: { file: 'dpm-solver-pp-2s', make: () => samplers.dpmSolverPP2S() },
  dpmSolverPPSde: { file: 'dpm-solver-pp-2s', make: () => samplers.dpmSolverPPSde() },
  dpmSolverSinglestep: { file: 'dpm-solver-singlestep', make: () => samplers.dpmSolverSinglestep() as Sampler },
  generalizedHeun: { file: 'edm-sampler', make: () => samplers.generalizedHeun() },
  euler: { file: 'euler', make: () => samplers.euler() },
  eulerAncestral: { file: 'euler-ancestral', make: () => samplers.eulerAncestral() },
  eulerMaruyama: { file: 'euler-maruyama', make: () => samplers.eulerMaruyama() },
  heun: { file: 'heun', make: () => samplers.heun() },
  lms: { file: 'lms', make: () => samplers.lms() as Sampler, order: { grid: fromFar, steps: [16, 24, 32] } },
  pndm: { file: 'pndm', make: () => samplers.pndm() as Sampler, order: { grid: even, steps: [16, 32, 64] } },
  predictorCorrector: { file: 'predictor-corrector', make: () => samplers.predictorCorrector(samplers.ddpm()) },
  rk45: { file: 'rk45', make: () => samplers.rk45() as Sampler, sigmas: [10, 0.01] },
  saSolver: {
    file: 'sa-solver',
    make: () => samplers.saSolver() as Sampler,
    order: { make: () => samplers.saSolver({ eta: 0, lowerOrderFinal: 0 }) as Sampler, steps: [128, 256, 512] },
  },
  tcd: {
    file: 'tcd',
    make: () => samplers.tcd(chain),
    sigmas: [...[900, 800, 600, 400, 300, 200, 100].map((t) => chain.sigmas[t]), 0],
  },
  uniPc: {
    file: 'uni-pc',
    make: () => samplers.uniPc() as Sampler,
    order: { make: () => samplers.uniPc({ lowerOrderFinal: 0 }) as Sampler },
  },
};

/** What the docstring of a sampler says of its cost. */
function documented(name: string): { order: string; evaluations: number; per: string; memory: number } {
  const source = readFileSync(new URL(`./${cases[name].file}.ts`, import.meta.url), 'utf8');
  const start = source.search(new RegExp(`export function ${name}\\b`));
  const line = source
    .slice(source.lastIndexOf('/**', start), start)
    .match(/\*\*Order\*\* (.+) · \*\*Evaluations\*\* (\d+) an? (step|attempt) · \*\*Memory\*\* (none|\d+ tensors)/);
  if (!line) throw new Error(`the docstring of ${name} does not say its cost`);
  return {
    order: line[1],
    evaluations: Number(line[2]),
    per: line[3],
    memory: line[4] === 'none' ? 0 : parseInt(line[4]),
  };
}

/** Calls of the denoiser in the middle of a run, and the most tensors that are kept from one step to the next. */
async function counted(sampler: Sampler, sigmas: readonly number[]): Promise<{ evaluations: number; memory: number }> {
  const oracle = gaussianOracle({ std: 0.5 });
  const calls: number[] = [];
  let memory = 0;
  const denoise: Denoise = (x, sigma) => {
    calls[calls.length - 1]++;
    return oracle.denoise(x, sigma);
  };
  const counting: Sampler = {
    ...sampler,
    step(x, denoise, step) {
      calls.push(0);
      const result = sampler.step(x, denoise, step);
      const kept = new Set(tf.tensor_util.getTensorsInContainer({ state: result.state } as tf.TensorContainer));
      memory = Math.max(memory, kept.size);
      return result;
    },
  };
  tf.dispose(await sample(counting, denoise, { sigmas, shape: [2, 1], key: key(0) }));
  return { evaluations: calls[Math.floor(calls.length / 2)], memory };
}

describe('what the docstring of every sampler says of its cost', () => {
  it('is said of every sampler', () => {
    const others = [
      'ancestralStep',
      'dpmFastSigmas',
      'expectedNorms',
      'learnedRange',
      'linearCombination',
      'measuredNorms',
      'singlestepOrders',
    ];
    const names = Object.entries(samplers).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
    const deviations = ['fixedLarge', 'fixedSmall'];
    expect(names.filter((name) => ![...others, ...deviations].includes(name)).sort()).toEqual(
      Object.keys(cases).sort(),
    );
  });

  it.each(Object.keys(cases))('%s(): evaluations and tensors kept are those counted', async (name) => {
    const { make, sigmas = exponentialSigmas(12, { sigmaMin: 0.01, sigmaMax: 10 }) } = cases[name];
    const { evaluations, per, memory } = documented(name);
    const sampler = make();
    expect(per).toBe(sampler.accept ? 'attempt' : 'step');
    expect(await counted(sampler, sigmas)).toEqual({ evaluations, memory });
  });

  const plain = Object.keys(cases).filter((name) => /^\d$/.test(documented(name).order) && !cases[name].make().accept);
  it.each(plain)('%s(): the order is the one measured, to the next whole number', async (name) => {
    const { make, order = {} } = cases[name];
    const { order: measured } = await measuredOrder(order.make ?? (() => make()), order);
    expect(Math.round(measured), `${measured}`).toBe(Number(documented(name).order));
  });
});
