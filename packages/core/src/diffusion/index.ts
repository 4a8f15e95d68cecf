/** Diffusion processes as values, what a network predicts, and the denoiser made of both. */

export { type Boundary, consistencyBoundary, latentBoundary } from './boundary.ts';
export { convertPrediction } from './convert-prediction.ts';
export { denoiser } from './denoiser.ts';
export { edm, type EdmOptions } from './edm.ts';
export { iddpm } from './iddpm.ts';
export {
  type Conditions,
  preconditioned,
  type PreconditionedOptions,
  type PreconditionedOutput,
} from './preconditioned.ts';
export {
  predictEpsilon,
  predictF,
  type Prediction,
  predictScore,
  predictV,
  predictVelocity,
  predictX0,
} from './prediction.ts';
export { scheduledDiffusion, type ScheduledDiffusionOptions } from './scheduled.ts';
export { ve } from './ve.ts';
export { vp, type VpOptions } from './vp.ts';
