export { augmentationParameters, type Batch, type Batches } from './contracts/batch.ts';
export type { Denoise } from './contracts/denoiser.ts';
export type { ForwardOptions, NamedVariables, Network, NetworkInput, NetworkOutput } from './contracts/network.ts';
export type { Preconditioning, Process } from './contracts/diffusion.ts';
export { lerpVariables, prefixed } from './networks/named-variables.ts';
export { readFeatures, type ReadFeaturesOptions } from './networks/read-features.ts';
export { readout } from './networks/readout.ts';

export { type Boundary, consistencyBoundary, latentBoundary } from './diffusion/boundary.ts';
export { denoiser } from './diffusion/denoiser.ts';
export { edm, type EdmOptions } from './diffusion/edm.ts';
export { iddpm } from './diffusion/iddpm.ts';
export {
  type Conditions,
  preconditioned,
  type PreconditionedOptions,
  type PreconditionedOutput,
} from './diffusion/preconditioned.ts';
export { scheduledProcess, type ScheduledProcessOptions } from './diffusion/scheduled.ts';
export { ve } from './diffusion/ve.ts';
export { vp, type VpOptions } from './diffusion/vp.ts';

export { convertPrediction } from './diffusion/convert-prediction.ts';
export {
  predictEpsilon,
  predictF,
  type Prediction,
  predictScore,
  predictV,
  predictVelocity,
  predictX0,
} from './diffusion/prediction.ts';

export { logLogistic, type LogLogisticOptions } from './training/quantiles/log-logistic.ts';
export { logNormal, type LogNormalOptions } from './training/quantiles/log-normal.ts';
export {
  cosMapDensity,
  cosMapTime,
  logitNormalDensity,
  logitNormalTime,
  type LogitNormalTimeOptions,
  modeTime,
  type ModeTimeOptions,
} from './training/quantiles/flow-times.ts';
export { type Quantile, sigmasOfTimes } from './training/quantiles/quantile.ts';
export {
  lossImportance,
  type LossImportance,
  type LossImportanceOptions,
  type LossImportanceState,
} from './training/quantiles/loss-importance.ts';
export { splitLogNormal, type SplitLogNormalOptions } from './training/quantiles/split-log-normal.ts';
export { stratified, type StratifiedOptions } from './training/quantiles/stratified.ts';

export { minSnr } from './training/weightings/min-snr.ts';
export { p2, type P2Options } from './training/weightings/p2.ts';
export { cosMap, karrasWeight, predictionWeight, sigmaSqrt } from './training/weightings/prediction-weight.ts';
export { softMinSnr } from './training/weightings/soft-min-snr.ts';

export {
  constant,
  cosineRamp,
  linearRamp,
  type RampOptions,
  type SchedulePiece,
  schedulePieces,
  type StepSchedule,
  warmup,
  type WarmupFactorOptions,
} from './ramps/step-schedule.ts';

export { foldIn } from './random/fold-in.ts';
export { integers } from './random/integers.ts';
export { key, type Key } from './random/key.ts';
export { normalCdf, normalQuantile } from './numeric/normal-distribution.ts';
export { normals, uniforms } from './random/arrays.ts';
export { normal, uniform } from './random/tensors.ts';
export { permutation } from './random/permutation.ts';
export { samplewiseNormal, type SamplewiseNormalOptions } from './random/samplewise-normal.ts';
export { split } from './random/split.ts';

export { ancestralStep } from './samplers/step-arithmetic.ts';
export { brownianNoise, type BrownianNoiseOptions } from './sampling/brownian-noise.ts';
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
export { encode, type EncodeOptions } from './editing/encode.ts';
export { eulerAncestral, type EulerAncestralOptions } from './samplers/euler-ancestral.ts';
export { eulerMaruyama, type EulerMaruyamaOptions } from './samplers/euler-maruyama.ts';
export { euler, type EulerOptions } from './samplers/euler.ts';
export { heun, type HeunOptions } from './samplers/heun.ts';
export { imageToImage, type ImageToImageOptions } from './editing/image-to-image.ts';
export { independentNoise } from './sampling/independent-noise.ts';
export { inpaint, type InpaintOptions } from './editing/inpaint.ts';
export { lerp } from './editing/lerp.ts';
export { lms, type LmsOptions } from './samplers/lms.ts';
export type { Extrapolates, MultistepOptions } from './samplers/multistep-options.ts';
export { nextTask } from './sampling/next-task.ts';
export type { NoiseRequest, NoiseSource } from './sampling/noise-source.ts';
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
export { type SampleEvent, type SampleOptions, samplePath, type SampleProgress } from './sampling/sample-path.ts';
export { sample } from './sampling/sample.ts';
export type { Sampler, SamplerStep, StepResult } from './contracts/sampler.ts';
export { slerp } from './editing/slerp.ts';
export type { StochasticOptions } from './samplers/stochastic-options.ts';
export { tcd, type TcdOptions } from './samplers/tcd.ts';
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
export { flowSigmas, type FlowSigmasOptions } from './grids/flow-sigmas.ts';
export { flowTimes, type FlowTimesOptions } from './grids/flow-times.ts';
export { shiftOfTokens, type ShiftOfTokensOptions } from './grids/shift-for-tokens.ts';
export { timeShift, type TimeShiftOptions } from './grids/time-shift.ts';
export { alignYourSteps } from './grids/align-your-steps.ts';
export { betaQuantile } from './numeric/beta-quantile.ts';
export { betaSigmas, type BetaSigmasOptions } from './grids/beta-sigmas.ts';
export { exponentialSigmas, type ExponentialSigmasOptions } from './grids/exponential-sigmas.ts';
export { iddpmLevels, type IddpmLevelsOptions, iddpmSigmas, type IddpmSigmasOptions } from './grids/iddpm-sigmas.ts';
export { interpolatedSigmas } from './grids/interpolated-sigmas.ts';
export { karrasSigmas, type KarrasSigmasOptions } from './grids/karras-sigmas.ts';
export { polyexponentialSigmas, type PolyexponentialSigmasOptions } from './grids/polyexponential-sigmas.ts';
export { scheduledSigmas, type ScheduledSigmasOptions } from './grids/scheduled-sigmas.ts';
export { nearestTimestep } from './schedules/nearest-timestep.ts';
export {
  type NoiseSchedule,
  type Slopes,
  type SmoothSchedule,
  type TimeRange,
  unscaled,
} from './schedules/noise-schedule.ts';
export { squareRootSchedule, type SquareRootScheduleOptions } from './schedules/square-root-schedule.ts';
export { logVarianceRange, posterior, type Posterior } from './schedules/posterior.ts';
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
export { clipDenoised } from './denoisers/clip-denoised.ts';
export { dynamicThreshold, type DynamicThresholdOptions, thresholded } from './denoisers/dynamic-threshold.ts';
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
} from './denoisers/previous-estimate.ts';
export { cfgRescale, cfgZeroStar, magnitudeAwareCfg, tangentialCfg } from './guidance/guidance-rules.ts';
export { zeroVelocity } from './denoisers/zero-velocity.ts';

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
} from './likelihood/trace-estimators.ts';
export {
  largeLogVariance,
  type LogVariance,
  priorBits,
  rangeLogVariance,
  smallLogVariance,
  type VlbSample,
  vlbTerm,
} from './likelihood/vlb.ts';
