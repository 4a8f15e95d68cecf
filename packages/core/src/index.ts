export type { Batch, Batches } from './batch.ts';
export type { Denoise } from './denoise.ts';
export type { ForwardOptions, NamedVariables, Network, NetworkInput, NetworkOutput } from './network.ts';
export type { Preconditioning, Process } from './process.ts';

export { type Boundary, consistencyBoundary, latentBoundary } from './process/boundary.ts';
export { denoiser } from './process/denoiser.ts';
export { edm, type EdmOptions } from './process/edm.ts';
export { iddpm } from './process/iddpm.ts';
export {
  type Conditions,
  preconditioned,
  type PreconditionedOptions,
  type PreconditionedOutput,
} from './process/preconditioned.ts';
export { readFeatures, type ReadFeaturesOptions } from './process/read-features.ts';
export { scheduledProcess, type ScheduledProcessOptions } from './process/scheduled-process.ts';
export { ve } from './process/ve.ts';
export { vp, type VpOptions } from './process/vp.ts';

export { convertPrediction } from './predictions/convert-prediction.ts';
export {
  predictEpsilon,
  predictF,
  type Prediction,
  predictScore,
  predictV,
  predictVelocity,
  predictX0,
} from './predictions/prediction.ts';

export { cosMapDensity, cosMapTime } from './densities/cos-map-time.ts';
export { logLogistic, type LogLogisticOptions } from './densities/log-logistic.ts';
export { logNormal, type LogNormalOptions } from './densities/log-normal.ts';
export { logitNormalDensity, logitNormalTime, type LogitNormalTimeOptions } from './densities/logit-normal-time.ts';
export {
  lossImportance,
  type LossImportance,
  type LossImportanceOptions,
  type LossImportanceState,
} from './densities/loss-importance.ts';
export { modeTime } from './densities/mode-time.ts';
export { splitLogNormal, type SplitLogNormalOptions } from './densities/split-log-normal.ts';
export { stratified, type StratifiedOptions } from './densities/stratified.ts';

export { minSnr } from './weights/min-snr.ts';
export { p2, type P2Options } from './weights/p2.ts';
export { softMinSnr } from './weights/soft-min-snr.ts';

export {
  constant,
  cosineRamp,
  linearRamp,
  type RampOptions,
  type StepSchedule,
  warmup,
  type WarmupFactorOptions,
} from './ramps/step-schedule.ts';

export { foldIn } from './random/fold-in.ts';
export { integers } from './random/integers.ts';
export { key, type Key } from './random/key.ts';
export { normalCdf } from './random/normal-cdf.ts';
export { normalQuantile } from './random/normal-quantile.ts';
export { normal } from './random/normal.ts';
export { normals } from './random/normals.ts';
export { permutation } from './random/permutation.ts';
export { samplewiseNormal, type SamplewiseNormalOptions } from './random/samplewise-normal.ts';
export { split } from './random/split.ts';
export { uniform } from './random/uniform.ts';
export { uniforms } from './random/uniforms.ts';

export { ancestralStep } from './samplers/ancestral-step.ts';
export { brownianNoise, type BrownianNoiseOptions } from './samplers/brownian-noise.ts';
export { consistency, type ConsistencyOptions } from './samplers/consistency.ts';
export { ddim, type DdimOptions } from './samplers/ddim.ts';
export { ddpm, type DdpmOptions, fixedLarge, fixedSmall, learnedRange, type StepDeviation } from './samplers/ddpm.ts';
export { deis, type DeisOptions } from './samplers/deis.ts';
export {
  dpmAdaptive,
  type DpmAdaptiveOptions,
  dpmFast,
  type DpmFastOptions,
  dpmFastSigmas,
} from './samplers/dpm-adaptive.ts';
export {
  dpmSolverPP2S,
  type DpmSolverPP2SOptions,
  dpmSolverPPSde,
  type DpmSolverPPSdeOptions,
} from './samplers/dpm-solver-pp-2s.ts';
export { dpmSolverPP, type DpmSolverPPOptions } from './samplers/dpm-solver-pp.ts';
export {
  dpmSolverSinglestep,
  type DpmSolverSinglestepOptions,
  singlestepOrders,
} from './samplers/dpm-solver-singlestep.ts';
export { dpmSolver, type DpmSolverOptions } from './samplers/dpm-solver.ts';
export { dpm2, dpm2Ancestral, type Dpm2AncestralOptions, type Dpm2Options } from './samplers/dpm2.ts';
export { edmSampler, type EdmSamplerOptions } from './samplers/edm-sampler.ts';
export { encode, type EncodeOptions } from './samplers/encode.ts';
export { eulerAncestral, type EulerAncestralOptions } from './samplers/euler-ancestral.ts';
export { eulerMaruyama, type EulerMaruyamaOptions } from './samplers/euler-maruyama.ts';
export { euler, type EulerOptions } from './samplers/euler.ts';
export { heun, type HeunOptions } from './samplers/heun.ts';
export { imageToImage, type ImageToImageOptions } from './samplers/image-to-image.ts';
export { independentNoise } from './samplers/independent-noise.ts';
export { inpaint, type InpaintOptions } from './samplers/inpaint.ts';
export { lerp } from './samplers/lerp.ts';
export { lmsCoefficients } from './samplers/lms-coefficients.ts';
export { lms, type LmsOptions } from './samplers/lms.ts';
export type { MultistepOptions } from './samplers/multistep-options.ts';
export { nextTask } from './samplers/next-task.ts';
export type { NoiseRequest, NoiseSource } from './samplers/noise-source.ts';
export { pndm, type PndmOptions } from './samplers/pndm.ts';
export {
  expectedNorms,
  type LangevinStep,
  measuredNorms,
  predictorCorrector,
  type PredictorCorrectorOptions,
} from './samplers/predictor-corrector.ts';
export { rk45, type Rk45Options } from './samplers/rk45.ts';
export { saSolver, type SaSolverOptions } from './samplers/sa-solver.ts';
export { type SampleEvent, type SampleOptions, samplePath, type SampleProgress } from './samplers/sample-path.ts';
export { sample } from './samplers/sample.ts';
export type { Sampler, SamplerStep, StepResult } from './samplers/sampler.ts';
export { slerp } from './samplers/slerp.ts';
export type { StochasticOptions } from './samplers/stochastic-options.ts';
export { tcd, type TcdOptions } from './samplers/tcd.ts';
export {
  flowTime,
  geometricTime,
  linearTime,
  squareRootTime,
  subVpTime,
  type TimeCoordinate,
  vpTime,
} from './samplers/time-coordinate.ts';
export { uniPc, type UniPcOptions } from './samplers/uni-pc.ts';

export { alphaBarBetas, type AlphaBarBetasOptions } from './schedules/betas/alpha-bar-betas.ts';
export { constantBetas } from './schedules/betas/constant-betas.ts';
export { cosineBetas } from './schedules/betas/cosine-betas.ts';
export { jsdBetas } from './schedules/betas/jsd-betas.ts';
export { laplaceAlphaBar, laplaceBetas } from './schedules/betas/laplace-betas.ts';
export { linearBetas } from './schedules/betas/linear-betas.ts';
export { scaledLinearBetas } from './schedules/betas/scaled-linear-betas.ts';
export { sigmoidBetas } from './schedules/betas/sigmoid-betas.ts';
export { warmupBetas, type WarmupBetasOptions } from './schedules/betas/warmup-betas.ts';
export { cosineSchedule, type CosineScheduleOptions } from './schedules/cosine-schedule.ts';
export {
  discreteSchedule,
  type DiscreteSchedule,
  type DiscreteScheduleOptions,
} from './schedules/discrete-schedule.ts';
export { edmSchedule, type EdmScheduleOptions } from './schedules/edm-schedule.ts';
export { flowSchedule } from './schedules/flow-schedule.ts';
export { flowSigmas, type FlowSigmasOptions } from './schedules/flow/flow-sigmas.ts';
export { flowTimes, type FlowTimesOptions } from './schedules/flow/flow-times.ts';
export { shiftOfTokens, type ShiftOfTokensOptions } from './schedules/flow/shift-of-tokens.ts';
export { timeShift, type TimeShiftOptions } from './schedules/flow/time-shift.ts';
export { alignYourSteps } from './schedules/grids/align-your-steps.ts';
export { betaQuantile } from './schedules/grids/beta-quantile.ts';
export { betaSigmas, type BetaSigmasOptions } from './schedules/grids/beta-sigmas.ts';
export { exponentialSigmas, type ExponentialSigmasOptions } from './schedules/grids/exponential-sigmas.ts';
export {
  iddpmLevels,
  type IddpmLevelsOptions,
  iddpmSigmas,
  type IddpmSigmasOptions,
} from './schedules/grids/iddpm-sigmas.ts';
export { interpolatedSigmas } from './schedules/grids/interpolated-sigmas.ts';
export { karrasSigmas, type KarrasSigmasOptions } from './schedules/grids/karras-sigmas.ts';
export { polyexponentialSigmas, type PolyexponentialSigmasOptions } from './schedules/grids/polyexponential-sigmas.ts';
export { scheduledSigmas, type ScheduledSigmasOptions } from './schedules/grids/scheduled-sigmas.ts';
export { nearestTimestep } from './schedules/nearest-timestep.ts';
export type { NoiseSchedule, TimeRange } from './schedules/noise-schedule.ts';
export { posterior, type Posterior } from './schedules/posterior.ts';
export { pureNoise } from './schedules/pure-noise.ts';
export { subVpSchedule } from './schedules/sub-vp-schedule.ts';
export { betaTimesteps, type BetaTimestepsOptions } from './schedules/timesteps/beta-timesteps.ts';
export { distilledTimesteps, type DistilledTimestepsOptions } from './schedules/timesteps/distilled-timesteps.ts';
export { leadingTimesteps, type LeadingTimestepsOptions } from './schedules/timesteps/leading-timesteps.ts';
export { linspaceTimesteps, type LinspaceTimestepsOptions } from './schedules/timesteps/linspace-timesteps.ts';
export { respacedBetas } from './schedules/timesteps/respaced-betas.ts';
export { spaceTimesteps } from './schedules/timesteps/space-timesteps.ts';
export { trailingTimesteps } from './schedules/timesteps/trailing-timesteps.ts';
export { uniformTime } from './schedules/uniform-time.ts';
export { veSchedule, type VeScheduleOptions } from './schedules/ve-schedule.ts';
export { vpSchedule, type VpScheduleOptions } from './schedules/vp-schedule.ts';
export { zeroTerminalSnr } from './schedules/zero-terminal-snr.ts';

export { apg, type ApgOptions, apgUpdate, type ApgUpdateOptions } from './guidance/apg.ts';
export { classifierGuided } from './guidance/classifier-guided.ts';
export { clipDenoised } from './guidance/clip-denoised.ts';
export { dynamicThreshold, type DynamicThresholdOptions, thresholded } from './guidance/dynamic-threshold.ts';
export {
  cfg,
  type GuidanceInterval,
  type GuidanceRule,
  guided,
  guidedWithin,
  intervalOfSteps,
} from './guidance/guided.ts';
export { labelGuided, type LabelGuidedOptions } from './guidance/label-guided.ts';
export {
  type PreviousEstimateDenoise,
  previousEstimateDenoiser,
  previousEstimateInput,
  type PreviousEstimateInputOptions,
} from './guidance/previous-estimate.ts';
export { cfgRescale, cfgZeroStar, magnitudeAwareCfg, tangentialCfg } from './guidance/rules.ts';
export { zeroVelocity } from './guidance/zero-velocity.ts';

export { bitsPerDimension } from './likelihood/bits-per-dimension.ts';
export {
  discretizedGaussian,
  type DiscretizedGaussianOptions,
  tanhNormalCdf,
} from './likelihood/discretized-gaussian.ts';
export { type Likelihood, likelihood, type LikelihoodOptions } from './likelihood/likelihood.ts';
export { gaussianLogDensity, normalKl } from './likelihood/normal-kl.ts';
export {
  exactProbes,
  gaussianProbes,
  type Probes,
  rademacherProbes,
  type RandomProbesOptions,
} from './likelihood/probes.ts';
export {
  largeLogVariance,
  type LogVariance,
  priorBits,
  rangeLogVariance,
  smallLogVariance,
  type VlbSample,
  vlbTerm,
} from './likelihood/vlb.ts';
