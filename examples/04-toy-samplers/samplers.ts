/** Every sampler of the library, how many calls of the denoiser its steps take, and the grid it wants. */
import {
  ddim,
  ddpm,
  discreteSchedule,
  dpmSolverPP,
  generalizedHeun,
  euler,
  eulerAncestral,
  flowSchedule,
  heun,
  karrasSigmas,
  linearBetas,
  type Sampler,
  uniPc,
  vpSchedule,
} from '@diptych/core';
import {
  consistency,
  deis,
  dpm2,
  dpm2Ancestral,
  dpmAdaptive,
  dpmFast,
  dpmFastSigmas,
  dpmSolver,
  dpmSolverPP2S,
  dpmSolverPPSde,
  dpmSolverSinglestep,
  eulerMaruyama,
  fixedLarge,
  lms,
  pndm,
  predictorCorrector,
  rk45,
  saSolver,
  tcd,
} from '@diptych/core/samplers';
import { subVpSchedule, veSchedule } from '@diptych/core/schedules';

export const sigmaMin = 0.02;
export const sigmaMax = 10;
const range = { sigmaMin, sigmaMax };

export interface Contestant {
  name: string;
  kind: 'deterministic' | 'stochastic' | 'adaptive' | 'distilled';
  /** The sampler and the grid for at most so many calls; the number of calls is counted. */
  make(calls: number): { sampler: Sampler; sigmas: number[] };
}

const chain = discreteSchedule(linearBetas());
const follows = (name: string, kind: Contestant['kind'], sampler: () => Sampler, calls = 1, free = 0): Contestant => ({
  name,
  kind,
  // Samplers of two calls make one in the last step, which is `free`.
  make: (budget) => ({ sampler: sampler(), sigmas: karrasSigmas(Math.floor((budget + free) / calls), range) }),
});
const ode = (name: string, sampler: () => Sampler, ...more: [number?, number?]) =>
  follows(name, 'deterministic', sampler, ...more);
const sde = (name: string, sampler: () => Sampler, ...more: [number?, number?]) =>
  follows(name, 'stochastic', sampler, ...more);

export const contestants: Contestant[] = [
  ode('euler()', () => euler()),
  ode('ddim()', () => ddim()),
  ode('generalizedHeun({ schedule: flowSchedule(), order: 1 })', () =>
    generalizedHeun({ schedule: flowSchedule(), order: 1 }),
  ),
  ode('heun()', () => heun(), 2, 1),
  ode('generalizedHeun({ schedule: flowSchedule() })', () => generalizedHeun({ schedule: flowSchedule() }), 2, 1),
  ode('generalizedHeun({ schedule: vpSchedule() })', () => generalizedHeun({ schedule: vpSchedule() }), 2, 1),
  ode('dpm2()', () => dpm2(), 2, 1),
  ode('lms()', () => lms()),
  ode('pndm()', () => pndm(), 1, -1),
  ode("pndm({ start: 'none' })", () => pndm({ start: 'none' })),
  ode('deis()', () => deis()),
  ode('dpmSolver()', () => dpmSolver()),
  ode('dpmSolverPP()', () => dpmSolverPP()),
  ode('dpmSolverPP({ order: 3 })', () => dpmSolverPP({ order: 3 })),
  ode('dpmSolverPP2S()', () => dpmSolverPP2S(), 2, 1),
  ode('dpmSolverSinglestep()', () => dpmSolverSinglestep()),
  ode('dpmSolverSinglestep({ order: 3 })', () => dpmSolverSinglestep({ order: 3 })),
  {
    name: 'dpmFast()',
    kind: 'deterministic',
    // One call is left for the way from sigmaMin to 0.
    make: (calls) => ({
      sampler: dpmFast({ evaluations: calls - 1 }),
      sigmas: dpmFastSigmas(calls - 1, range),
    }),
  },
  ode('uniPc()', () => uniPc()),
  ode('uniPc({ order: 3 })', () => uniPc({ order: 3 })),
  ode('saSolver({ eta: 0 })', () => saSolver({ eta: 0 })),
  sde('ddpm()', () => ddpm()),
  sde('ddpm({ deviation: fixedLarge })', () => ddpm({ deviation: fixedLarge })),
  sde('eulerAncestral()', () => eulerAncestral()),
  sde('ddim({ eta: 0.5 })', () => ddim({ eta: 0.5 })),
  sde('dpm2Ancestral()', () => dpm2Ancestral(), 2, 1),
  sde('dpmSolverPP2S({ eta: 1 })', () => dpmSolverPP2S({ eta: 1 }), 2, 1),
  sde('dpmSolverPPSde()', () => dpmSolverPPSde(), 2, 1),
  sde('dpmSolverPP({ eta: 1 })', () => dpmSolverPP({ eta: 1 })),
  sde('dpmSolverPP({ order: 3, eta: 1 })', () => dpmSolverPP({ order: 3, eta: 1 })),
  sde('dpmSolver({ eta: 1 })', () => dpmSolver({ eta: 1 })),
  sde('saSolver()', () => saSolver()),
  sde('heun({ churn: 10 })', () => heun({ churn: 10 }), 2, 1),
  sde('eulerMaruyama()', () => eulerMaruyama()),
  sde('eulerMaruyama({ schedule: veSchedule() })', () => eulerMaruyama({ schedule: veSchedule() })),
  sde('eulerMaruyama({ schedule: vpSchedule() })', () => eulerMaruyama({ schedule: vpSchedule() })),
  sde('eulerMaruyama({ schedule: subVpSchedule() })', () => eulerMaruyama({ schedule: subVpSchedule() })),
  sde('predictorCorrector(eulerMaruyama())', () => predictorCorrector(eulerMaruyama()), 2, 1),
  {
    name: 'dpmAdaptive()',
    kind: 'adaptive',
    make: (calls) => ({
      sampler: dpmAdaptive({ rtol: 4 / calls ** 2, atol: 4 / calls ** 2 }),
      sigmas: [sigmaMax, sigmaMin],
    }),
  },
  {
    name: 'rk45()',
    kind: 'adaptive',
    make: (calls) => ({
      sampler: rk45({ rtol: 1 / calls ** 2, atol: 1 / calls ** 2 }),
      sigmas: [sigmaMax, sigmaMin],
    }),
  },
  follows('consistency()', 'distilled', () => consistency()),
  {
    name: 'tcd()',
    kind: 'distilled',
    make: (calls) => {
      const top = Math.round(chain.time(sigmaMax));
      const times = Array.from({ length: calls }, (_, i) => Math.round(top * (1 - i / calls)));
      return { sampler: tcd(chain), sigmas: [...times.map((t) => chain.sigmas[t]!), 0] };
    },
  },
];
