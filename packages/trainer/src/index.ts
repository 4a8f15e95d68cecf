export { adam, type AdamOptions } from './optimizers/adam.ts';
export { adamW, type AdamWOptions } from './optimizers/adam-w.ts';
export { decayMatrices } from './optimizers/decay-matrices.ts';
export {
  elementwiseOptimizer,
  type ElementwiseResult,
  type ElementwiseRule,
  type ElementwiseStep,
  type WeightDecay,
} from './optimizers/elementwise-optimizer.ts';
export { lion, type LionOptions } from './optimizers/lion.ts';
export { nadam, type NAdamOptions } from './optimizers/nadam.ts';
export type { Optimizer, OptimizerState } from './optimizers/optimizer.ts';
export { radam, type RAdamOptions } from './optimizers/radam.ts';
export { sgd, type SgdOptions } from './optimizers/sgd.ts';

export { namedGradients, type NamedGradients } from './parameters/named-gradients.ts';
export { Packing, type PackedVector, type PackingOptions, type Vectors } from './parameters/packing.ts';

export { inverseSquareRoot, type InverseSquareRootOptions } from './schedules/inverse-square-root.ts';
export type { Rate, RateSchedule } from './schedules/rate.ts';
export { warmupConstant, type WarmupConstantOptions } from './schedules/warmup-constant.ts';
export { warmupCosine, type WarmupCosineOptions } from './schedules/warmup-cosine.ts';
export { warmupLinear, type WarmupLinearOptions } from './schedules/warmup-linear.ts';
export { warmupPolynomial, type WarmupPolynomialOptions } from './schedules/warmup-polynomial.ts';
export type { WarmupOptions } from './schedules/warmup.ts';

export type { Clip, Clipped } from './clipping/clip.ts';
export { clipByGlobalNorm } from './clipping/clip-by-global-norm.ts';
export { clipByParameterNorm } from './clipping/clip-by-parameter-norm.ts';
export { clipByValue } from './clipping/clip-by-value.ts';
export { globalNorm, type GlobalNormOptions } from './clipping/global-norm.ts';

export type { Decay, DecaySchedule } from './ema/decay.ts';
export { ema, type Ema, type EmaState } from './ema/ema.ts';
export { exponentOfStd } from './ema/exponent-of-std.ts';
export { halfLifeDecay, type HalfLifeDecayOptions } from './ema/half-life-decay.ts';
export { posthocCoefficients, type Profile } from './ema/posthoc-coefficients.ts';
export { posthocEma, type Snapshot } from './ema/posthoc-ema.ts';
export { powerDecay } from './ema/power-decay.ts';
export { powerResponse, type PowerResponseOptions } from './ema/power-response.ts';
export { powerWarmupDecay, type PowerWarmupDecayOptions } from './ema/power-warmup-decay.ts';
export { rationalWarmupDecay, type RationalWarmupDecayOptions } from './ema/rational-warmup-decay.ts';
export { stdOfExponent } from './ema/std-of-exponent.ts';

export { train } from './loop/train.ts';
export type { SampleValues, TrainEvent } from './loop/train-event.ts';
export type { ObjectiveFunction, TrainOptions } from './loop/train-options.ts';
export type { TrainRun } from './loop/train-run.ts';
export { validationLoss, type ValidationLossOptions } from './loop/validation-loss.ts';

export type { Checkpoint, CheckpointState, Json } from './checkpoint/checkpoint.ts';
export { checkpointWeights, type WeightsOf } from './checkpoint/checkpoint-weights.ts';
export { decodeCheckpoint } from './checkpoint/decode-checkpoint.ts';
export { encodeCheckpoint } from './checkpoint/encode-checkpoint.ts';
