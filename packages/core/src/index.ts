/**
 * What a first program needs: a process, a grid, a sampler, `sample`, guidance, keys. Everything else is in the rooms:
 * `@diptych/core/samplers`, `/schedules`, `/grids`, `/training`, `/guidance`, `/denoisers`, `/editing`, `/likelihood`, ….
 */

export { augmentationParameters, type Batch, type Batches } from './contracts/batch.ts';
export type { Denoise } from './contracts/denoiser.ts';
export type { Preconditioning, Diffusion } from './contracts/diffusion.ts';
export type { ForwardOptions, NamedVariables, Network, NetworkInput, NetworkOutput } from './contracts/network.ts';
export type { Sampler, SamplerStep, StepResult } from './contracts/sampler.ts';

export { readFeatures, type ReadFeaturesOptions } from './networks/read-features.ts';

export { clipDenoised } from './denoisers/clip-denoised.ts';

export { denoiser } from './diffusion/denoiser.ts';
export { edm, type EdmOptions } from './diffusion/edm.ts';
export { iddpm } from './diffusion/iddpm.ts';
export {
  type Conditions,
  preconditioned,
  type PreconditionedOptions,
  type PreconditionedOutput,
} from './diffusion/preconditioned.ts';
export { predictEpsilon, type Prediction, predictV, predictVelocity, predictX0 } from './diffusion/prediction.ts';
export { scheduledDiffusion, type ScheduledDiffusionOptions } from './diffusion/scheduled.ts';
export { ve } from './diffusion/ve.ts';
export { vp, type VpOptions } from './diffusion/vp.ts';

export { exponentialSigmas, type ExponentialSigmasOptions } from './grids/exponential-sigmas.ts';
export { flowSigmas, type FlowSigmasOptions } from './grids/flow-sigmas.ts';
export { karrasSigmas, type KarrasSigmasOptions } from './grids/karras-sigmas.ts';
export { scheduledSigmas, type ScheduledSigmasOptions } from './grids/scheduled-sigmas.ts';

export { cfg, type GuidanceInterval, type GuidanceRule, guided, guidedWithin } from './guidance/guided.ts';
export { labelGuided, type LabelGuidedOptions } from './guidance/label-guided.ts';

export { type StepSchedule, warmup } from './ramps/step-schedule.ts';

export { normalArray, uniformArray } from './random/arrays.ts';
export { foldIn, key, type Key, split } from './random/key.ts';
export { permutation } from './random/permutation.ts';
export { normalTensor, normalPerSample, type NormalPerSampleOptions } from './random/tensors.ts';

export { ddim, type DdimOptions } from './samplers/ddim.ts';
export { ddpm, type DdpmOptions } from './samplers/ddpm.ts';
export { dpmSolverPP, type DpmSolverPPOptions } from './samplers/dpm-solver-pp.ts';
export { generalizedHeun, type GeneralizedHeunOptions } from './samplers/edm-sampler.ts';
export { eulerAncestral, type EulerAncestralOptions } from './samplers/euler-ancestral.ts';
export { euler, type EulerOptions } from './samplers/euler.ts';
export { heun, type HeunOptions } from './samplers/heun.ts';
export { uniPc, type UniPcOptions } from './samplers/uni-pc.ts';

export { type SampleEvent, type SampleOptions, samplePath, type SampleProgress } from './sampling/sample-path.ts';
export { sample } from './sampling/sample.ts';

export { cosineBetas } from './schedules/betas/cosine-betas.ts';
export { linearBetas } from './schedules/betas/linear-betas.ts';
export { scaledLinearBetas } from './schedules/betas/scaled-linear-betas.ts';
export {
  discreteSchedule,
  type DiscreteSchedule,
  type DiscreteScheduleOptions,
} from './schedules/discrete-schedule.ts';
export { flowSchedule } from './schedules/flow-schedule.ts';
export type { NoiseSchedule } from './schedules/noise-schedule.ts';
export { trailingTimesteps } from './schedules/timesteps/trailing-timesteps.ts';
export { vpSchedule, type VpScheduleOptions } from './schedules/vp-schedule.ts';
