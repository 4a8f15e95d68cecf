/** The methods. Run them by `sample` and `samplePath` of `@diptych/core/sampling`. */

export { consistency, type ConsistencyOptions } from './consistency.ts';
export { ddim, type DdimOptions } from './ddim.ts';
export { ddpm, type DdpmOptions, fixedLarge, fixedSmall, learnedRange, type StepDeviation } from './ddpm.ts';
export { deis, type DeisOptions } from './deis.ts';
export { dpmAdaptive, type DpmAdaptiveOptions, dpmFast, type DpmFastOptions, dpmFastSigmas } from './dpm-adaptive.ts';
export {
  dpmSolverPP2S,
  type DpmSolverPP2SOptions,
  dpmSolverPPSde,
  type DpmSolverPPSdeOptions,
} from './dpm-solver-pp-2s.ts';
export { dpmSolverPP, type DpmSolverPPOptions } from './dpm-solver-pp.ts';
export { dpmSolverSinglestep, type DpmSolverSinglestepOptions, singlestepOrders } from './dpm-solver-singlestep.ts';
export { dpmSolver, type DpmSolverOptions } from './dpm-solver.ts';
export { dpm2, dpm2Ancestral, type Dpm2AncestralOptions, type Dpm2Options } from './dpm2.ts';
export { generalizedHeun, type GeneralizedHeunOptions } from './edm-sampler.ts';
export { eulerAncestral, type EulerAncestralOptions } from './euler-ancestral.ts';
export { eulerMaruyama, type EulerMaruyamaOptions } from './euler-maruyama.ts';
export { euler, type EulerOptions } from './euler.ts';
export { heun, type HeunOptions } from './heun.ts';
export { lms, type LmsOptions } from './lms.ts';
export type { Extrapolates, MultistepOptions } from './multistep-options.ts';
export { pndm, type PndmOptions } from './pndm.ts';
export {
  expectedNorms,
  type LangevinStep,
  measuredNorms,
  predictorCorrector,
  type PredictorCorrectorOptions,
} from './predictor-corrector.ts';
export { rk45, type Rk45Options } from './rk45.ts';
export { saSolver, type SaSolverOptions } from './sa-solver.ts';
export { ancestralStep, linearCombination } from './step-arithmetic.ts';
export type { StochasticOptions } from './stochastic-options.ts';
export { tcd, type TcdOptions } from './tcd.ts';
export { uniPc, type UniPcOptions } from './uni-pc.ts';
