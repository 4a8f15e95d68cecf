import '@tensorflow/tfjs-backend-cpu';
import { expectOrder, samplerContract } from '@diptych/test-utils/core';
import { exponentialSigmas } from '../schedules/grids/exponential-sigmas.ts';
import { ddim } from './ddim.ts';
import { dpm2, dpm2Ancestral } from './dpm2.ts';
import { dpmSolverPP2S, dpmSolverPPSde } from './dpm-solver-pp-2s.ts';
import { dpmSolverPP } from './dpm-solver-pp.ts';
import { edmSampler, flowTime, squareRootTime, vpTime } from './edm-sampler.ts';
import { eulerAncestral } from './euler-ancestral.ts';
import { describe, it } from 'vitest';
import { consistency } from './consistency.ts';
import { ddpm, fixedLarge } from './ddpm.ts';
import { deis } from './deis.ts';
import { dpmSolverSinglestep } from './dpm-solver-singlestep.ts';
import { dpmSolver } from './dpm-solver.ts';
import { lms } from './lms.ts';
import { pndm } from './pndm.ts';
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
samplerContract('edmSampler({ time: flowTime })', () => edmSampler({ time: flowTime }), { order: 2 });
samplerContract('edmSampler({ time: vpTime() })', () => edmSampler({ time: vpTime() }), { order: 2 });
samplerContract('edmSampler({ alpha: 0.5 })', () => edmSampler({ time: vpTime(), alpha: 0.5 }), { order: 2 });
samplerContract('edmSampler({ order: 1 })', () => edmSampler({ time: squareRootTime, order: 1 }), {
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
samplerContract('dpmSolverSinglestep({ plus: false })', () => dpmSolverSinglestep({ plus: false }), { order: 2 });
samplerContract('uniPc({ order: 1 })', () => uniPc({ order: 1 }), { order: 2 });
samplerContract('uniPc()', () => uniPc());
samplerContract('uniPc({ order: 3 })', () => uniPc({ order: 3 }));
samplerContract('uniPc({ predictX0: false })', () => uniPc({ predictX0: false }), { order: 2 });
samplerContract('pndm()', () => pndm());
samplerContract("pndm({ start: 'prk' })", () => pndm({ start: 'prk' }));
samplerContract("pndm({ start: 'none' })", () => pndm({ start: 'none' }));
samplerContract('saSolver()', () => saSolver());
samplerContract('saSolver({ tau: 0 })', () => saSolver({ tau: () => 0 }));

describe('order of convergence without the low-order steps at the end', () => {
  // Blocks of three that fit the grid.
  const orders = Array.from({ length: 300 }, (_, i) => (i % 3) + 1);
  const blocks = { steps: [33, 66, 129] };
  it('dpmSolverSinglestep({ order: 3 }) has order 3', async () => {
    await expectOrder(() => dpmSolverSinglestep({ order: 3, orders }), 3, blocks);
    await expectOrder(() => dpmSolverSinglestep({ order: 3, orders, correction: 'heun' }), 3, blocks);
    await expectOrder(() => dpmSolverSinglestep({ order: 3, orders, plus: false }), 3, blocks);
  });

  it('uniPc() of order 2 has order 3, its corrector included; of order 1, order 2', async () => {
    await expectOrder(() => uniPc({ lowerOrderFinal: 0 }), 3);
    await expectOrder(() => uniPc({ lowerOrderFinal: 0, variant: 'bh1' }), 3);
    await expectOrder(() => uniPc({ lowerOrderFinal: 0, predictX0: false }), 3);
    await expectOrder(() => uniPc({ lowerOrderFinal: 0, correct: () => false }), 2);
  });

  it('saSolver({ tau: 0 }) has the order of its corrector', async () => {
    await expectOrder(() => saSolver({ tau: () => 0, lowerOrderFinal: 0 }), 2, { steps: [128, 256, 512] });
  });
});
