import '@tensorflow/tfjs-backend-cpu';
import { expectOrder, samplerContract } from '@diptych/test-utils/core';
import { exponentialSigmas } from '../grids/exponential-sigmas.ts';
import { ddim } from './ddim.ts';
import { dpm2, dpm2Ancestral } from './dpm2.ts';
import { dpmSolverPP2S, dpmSolverPPSde } from './dpm-solver-pp-2s.ts';
import { dpmSolverPP } from './dpm-solver-pp.ts';
import { generalizedHeun } from './edm-sampler.ts';
import { flowSchedule } from '../schedules/flow-schedule.ts';
import { squareRootSchedule } from '../schedules/square-root-schedule.ts';
import { vpSchedule } from '../schedules/vp-schedule.ts';
import { eulerAncestral } from './euler-ancestral.ts';
import { describe, it } from 'vitest';
import { consistency } from './consistency.ts';
import { ddpm, fixedLarge } from './ddpm.ts';
import { deis } from './deis.ts';
import { dpmSolverSinglestep } from './dpm-solver-singlestep.ts';
import { dpmSolver } from './dpm-solver.ts';
import { lms } from './lms.ts';
import { pndm } from './pndm.ts';
import { dpmFast, dpmFastSigmas } from './dpm-adaptive.ts';
import { eulerMaruyama } from './euler-maruyama.ts';
import { predictorCorrector } from './predictor-corrector.ts';
import { rk45 } from './rk45.ts';
import { tcd } from './tcd.ts';
import { linearBetas } from '../schedules/betas/linear-betas.ts';
import { discreteSchedule } from '../schedules/discrete-schedule.ts';
import { saSolver } from './sa-solver.ts';
import { uniPc } from './uni-pc.ts';

// The first steps of a multistep method have lower order: from far away, where D hardly changes, they do not show.
const fromFar = (n: number) => exponentialSigmas(n + 1, { sigmaMin: 0.1, sigmaMax: 200 }).slice(0, -1);

samplerContract('ddim()', () => ddim(), { order: 1 });
// Weak order 1: 40 steps leave a few per cent in the deviation.
samplerContract('ddim({ eta: 1 })', () => ddim({ eta: 1 }), { tolerance: 0.06 });
samplerContract('eulerAncestral()', () => eulerAncestral(), { tolerance: 0.06 });
samplerContract('dpm2()', () => dpm2(), { order: 2 });
samplerContract('dpm2Ancestral()', () => dpm2Ancestral());
samplerContract('lms({ order: 2 })', () => lms({ order: 2 }), { order: 2 });
samplerContract('lms({ order: 3 })', () => lms({ order: 3 }), { order: 3 });
samplerContract('lms()', () => lms());
samplerContract('lms({ order: 6 })', () => lms({ order: 6 }));
samplerContract('dpmSolverPP({ order: 1 })', () => dpmSolverPP({ order: 1 }), { order: 1 });
samplerContract('dpmSolverPP()', () => dpmSolverPP(), { order: 2 });
samplerContract("dpmSolverPP({ correction: 'heun' })", () => dpmSolverPP({ correction: 'heun' }), { order: 2 });
samplerContract('dpmSolverPP({ order: 3 })', () => dpmSolverPP({ order: 3 }), { order: 2 });
samplerContract(
  "dpmSolverPP({ order: 3, correction: 'taylor' })",
  () => dpmSolverPP({ order: 3, correction: 'taylor' }),
  {
    order: 3,
    grid: fromFar,
    steps: [64, 96, 128],
  },
);
samplerContract('dpmSolverPP({ eta: 1 })', () => dpmSolverPP({ eta: 1 }));
samplerContract('dpmSolverPP({ order: 3, eta: 1 })', () => dpmSolverPP({ order: 3, eta: 1 }));
samplerContract('dpmSolverPP2S()', () => dpmSolverPP2S(), { order: 2 });
samplerContract('dpmSolverPP2S({ eta: 1 })', () => dpmSolverPP2S({ eta: 1 }));
samplerContract('dpmSolverPPSde()', () => dpmSolverPPSde(), { tolerance: 0.06 });
samplerContract('generalizedHeun({ schedule: flowSchedule() })', () => generalizedHeun({ schedule: flowSchedule() }), {
  order: 2,
});
samplerContract('generalizedHeun({ schedule: vpSchedule() })', () => generalizedHeun({ schedule: vpSchedule() }), {
  order: 2,
});
samplerContract('generalizedHeun({ alpha: 0.5 })', () => generalizedHeun({ schedule: vpSchedule(), alpha: 0.5 }), {
  order: 2,
});
samplerContract('generalizedHeun({ order: 1 })', () => generalizedHeun({ schedule: squareRootSchedule(), order: 1 }), {
  order: 1,
  tolerance: 0.1,
});
samplerContract('ddpm()', () => ddpm(), { tolerance: 0.06 });
samplerContract('ddpm({ deviation: fixedLarge })', () => ddpm({ deviation: fixedLarge }), { tolerance: 0.1 });
samplerContract('consistency()', () => consistency(), { tolerance: 1 });
samplerContract('deis({ order: 1 })', () => deis({ order: 1 }), { order: 1 });
samplerContract('deis({ order: 2 })', () => deis({ order: 2 }), { order: 2 });
samplerContract('deis()', () => deis(), { order: 3 });
samplerContract('dpmSolver({ order: 1 })', () => dpmSolver({ order: 1 }), { order: 1 });
samplerContract('dpmSolver()', () => dpmSolver(), { order: 2 });
samplerContract('dpmSolver({ eta: 1 })', () => dpmSolver({ eta: 1 }));
samplerContract('dpmSolverSinglestep()', () => dpmSolverSinglestep(), { order: 2 });
samplerContract('dpmSolverSinglestep({ order: 3 })', () => dpmSolverSinglestep({ order: 3 }));
samplerContract(
  "dpmSolverSinglestep({ correction: 'heun' })",
  () => dpmSolverSinglestep({ order: 3, correction: 'heun' }),
  { order: 2 },
);
samplerContract(
  "dpmSolverSinglestep({ extrapolates: 'noise' })",
  () => dpmSolverSinglestep({ extrapolates: 'noise' }),
  { order: 2 },
);
samplerContract('uniPc({ order: 1 })', () => uniPc({ order: 1 }), { order: 2 });
samplerContract('uniPc()', () => uniPc());
samplerContract('uniPc({ order: 3 })', () => uniPc({ order: 3 }));
samplerContract("uniPc({ extrapolates: 'noise' })", () => uniPc({ extrapolates: 'noise' }), { order: 2 });
samplerContract('pndm()', () => pndm());
samplerContract("pndm({ start: 'prk' })", () => pndm({ start: 'prk' }));
samplerContract("pndm({ start: 'none' })", () => pndm({ start: 'none' }));
samplerContract('saSolver()', () => saSolver());
samplerContract('saSolver({ eta: 0 })', () => saSolver({ eta: 0 }));

const chain = discreteSchedule(linearBetas());
const onChain = (n: number) => Array.from({ length: n + 1 }, (_, i) => chain.sigmas[Math.round(900 - (i * 768) / n)]!);
samplerContract('tcd()', () => tcd(chain), {
  sigmas: [...onChain(11), 0],
  marginal: [...onChain(40).slice(30), 0],
  tolerance: 1,
});
samplerContract('tcd({ gamma: 0 })', () => tcd(chain, { gamma: 0 }), {
  order: 1,
  grid: onChain,
  steps: [32, 64, 128],
  sigmas: [...onChain(11), 0],
});
samplerContract('dpmFast()', () => dpmFast({ evaluations: 33 }), {
  sigmas: dpmFastSigmas(33, { sigmaMin: 0.002, sigmaMax: 10 }),
  marginal: dpmFastSigmas(33, { sigmaMin: 0.002, sigmaMax: 2 }),
});
samplerContract('dpmFast({ eta: 1 })', () => dpmFast({ evaluations: 33, eta: 1 }), {
  sigmas: dpmFastSigmas(33, { sigmaMin: 0.002, sigmaMax: 10 }),
  marginal: dpmFastSigmas(33, { sigmaMin: 0.002, sigmaMax: 2 }),
  tolerance: 0.06,
});
samplerContract('rk45()', () => rk45(), { sigmas: [10, 0.01] });
samplerContract('rk45({ schedule: flowSchedule() })', () => rk45({ schedule: flowSchedule() }), { sigmas: [10, 0.01] });
samplerContract('eulerMaruyama()', () => eulerMaruyama(), { tolerance: 0.1 });
samplerContract('eulerMaruyama({ eta: 0 })', () => eulerMaruyama({ eta: 0, schedule: vpSchedule() }), {
  order: 1,
  tolerance: 0.1,
});
samplerContract('predictorCorrector(ddpm())', () => predictorCorrector(ddpm(), { steps: 2 }), { tolerance: 0.06 });
samplerContract('predictorCorrector(dpmSolverPP())', () => predictorCorrector(dpmSolverPP()), { tolerance: 0.06 });

describe('order of convergence without the low-order steps at the end', () => {
  // Blocks of three that fit the grid.
  const orders = Array.from({ length: 300 }, (_, i) => (i % 3) + 1);
  const blocks = { steps: [33, 66, 129] };
  it('dpmSolverSinglestep({ order: 3 }) has order 3', async () => {
    await expectOrder(() => dpmSolverSinglestep({ order: 3, orders }), 3, blocks);
    await expectOrder(() => dpmSolverSinglestep({ order: 3, orders, correction: 'heun' }), 3, blocks);
    await expectOrder(() => dpmSolverSinglestep({ order: 3, orders, extrapolates: 'noise' }), 3, blocks);
  });

  it('uniPc() of order 2 has order 3, its corrector included; of order 1, order 2', async () => {
    await expectOrder(() => uniPc({ lowerOrderFinal: 0 }), 3);
    await expectOrder(() => uniPc({ lowerOrderFinal: 0, variant: 'bh1' }), 3);
    await expectOrder(() => uniPc({ lowerOrderFinal: 0, extrapolates: 'noise' }), 3);
    await expectOrder(() => uniPc({ lowerOrderFinal: 0, correct: () => false }), 2);
  });

  it('saSolver({ eta: 0 }) has the order of its corrector', async () => {
    await expectOrder(() => saSolver({ eta: 0, lowerOrderFinal: 0 }), 2, { steps: [128, 256, 512] });
  });

  it('lms() of order 4 has order 3, pndm() almost 4 on equal steps, and 3 without its start', async () => {
    // The first steps, of lower order, cost the fourth its last order.
    await expectOrder(() => lms(), 3, { steps: [16, 24, 32], grid: fromFar });
    // Weights for equal steps, and a state that moves in sigma: steps equal in sigma.
    const even = (n: number) => Array.from({ length: n + 1 }, (_, i) => 3 - (2.5 * i) / n);
    const middle = (a: number, b: number) => (a + b) / 2;
    await expectOrder(() => pndm({ start: 'prk', middle }), 3.8, { steps: [32, 48, 64], grid: even });
    await expectOrder(() => pndm(), 3.7, { steps: [16, 32, 64], grid: even });
    // Begins with Euler's method.
    await expectOrder(() => pndm({ start: 'none' }), 3, { steps: [32, 64, 128], grid: even });
  });

  it('uniPc({ order: 3 }) and saSolver() of order 3 have more than two', async () => {
    await expectOrder(() => uniPc({ order: 3, lowerOrderFinal: 0 }), 3.4, { steps: [32, 48, 64], grid: fromFar });
    await expectOrder(() => saSolver({ eta: 0, predictorOrder: 3, correctorOrder: 3, lowerOrderFinal: 0 }), 3.4, {
      steps: [32, 48, 64],
      grid: fromFar,
    });
  });

  it('dpmFast() has order 3', async () => {
    // Two evaluations more than threes: n - 1 steps of order 3 and one of order 2.
    await expectOrder((n) => dpmFast({ evaluations: 3 * n - 1 }), 3, {
      steps: [16, 24, 32],
      grid: (n) => dpmFastSigmas(3 * n - 1, { sigmaMin: 0.1, sigmaMax: 10 }),
    });
  });
});
