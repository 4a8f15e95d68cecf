export { adam, type AdamOptions } from './optimizers/adam.ts';
export type { AdamMomentOptions } from './optimizers/adam-moments.ts';
export { adamW, type AdamWOptions } from './optimizers/adam-w.ts';
export { decayMatrices } from './optimizers/decay-matrices.ts';
export { elementwise } from './optimizers/elementwise.ts';
export { lion, type LionOptions } from './optimizers/lion.ts';
export { muon, type MuonOptions } from './optimizers/muon.ts';
export { nadam, type NAdamOptions } from './optimizers/nadam.ts';
export type { Optimizer, OptimizerOptions, OptimizerState } from './optimizers/optimizer.ts';
export { noDecayOnVectors, type ParameterGroup, type WeightPattern } from './optimizers/parameter-groups.ts';
export { partition, type Part, type PartitionOptions } from './optimizers/partition.ts';
export { radam, type RAdamOptions } from './optimizers/radam.ts';
export { sgd, type SgdOptions } from './optimizers/sgd.ts';

export { adamRule } from './optimizers/rules/adam-rule.ts';
export { lionRule, type LionRuleOptions } from './optimizers/rules/lion-rule.ts';
export {
  adamScale,
  muonRule,
  type MuonRuleOptions,
  type MuonScale,
  spectralScale,
} from './optimizers/rules/muon-rule.ts';
export { nadamRule, type NAdamRuleOptions } from './optimizers/rules/nadam-rule.ts';
export { orthogonalize, type OrthogonalizeOptions } from './optimizers/rules/orthogonalize.ts';
export { radamRule } from './optimizers/rules/radam-rule.ts';
export { sgdRule, type SgdRuleOptions } from './optimizers/rules/sgd-rule.ts';
export type { OptimizerSettings, Update, UpdateRule, UpdateTime, WeightDecay } from './optimizers/rules/update-rule.ts';
export { coupledDecay, decoupledDecay } from './optimizers/rules/weight-decay.ts';

export { namedGradients, type NamedGradients } from './optimizers/packing/named-gradients.ts';
export { Packing, type PackedVector, type PackingOptions, type Vectors } from './optimizers/packing/packing.ts';

export { inverseSquareRoot, type InverseSquareRootOptions } from './learning-rate/inverse-square-root.ts';
export type { LearningRate, WarmupOptions } from './learning-rate/learning-rate.ts';
export { warmupConstant, type WarmupConstantOptions } from './learning-rate/warmup-constant.ts';
export { warmupCosine, type WarmupCosineOptions } from './learning-rate/warmup-cosine.ts';
export { warmupLinear, type WarmupLinearOptions } from './learning-rate/warmup-linear.ts';
export { warmupPolynomial, type WarmupPolynomialOptions } from './learning-rate/warmup-polynomial.ts';
export {
  type DecayShape,
  linearDecay,
  squareRootDecay,
  warmupStableDecay,
  type WarmupStableDecayOptions,
} from './learning-rate/warmup-stable-decay.ts';

export type { ClippedGradients, GradientClip } from './clipping/gradient-clip.ts';
export { clipByGlobalNorm } from './clipping/clip-by-global-norm.ts';
export { clipByParameterNorm } from './clipping/clip-by-parameter-norm.ts';
export { clipByValue } from './clipping/clip-by-value.ts';
export { globalNorm, type GlobalNormOptions } from './clipping/global-norm.ts';

export {
  type EmaDecay,
  halfLifeDecay,
  type HalfLifeDecayOptions,
  powerWarmupDecay,
  type PowerWarmupDecayOptions,
  rationalWarmupDecay,
  type RationalWarmupDecayOptions,
} from './ema/decays.ts';
export { ema, type Ema, type EmaState } from './ema/ema.ts';
export { posthocCoefficients, type Profile } from './ema/posthoc-coefficients.ts';
export { posthocEma, type Snapshot } from './ema/posthoc-ema.ts';
export { exponentOfStd, powerDecay, powerResponse, type PowerResponseOptions, stdOfExponent } from './ema/power-ema.ts';

export { train } from './loop/train.ts';
export type { SampleValues, TrainEvent } from './loop/train-event.ts';
export type { ObjectiveFunction, TrainOptions } from './loop/train-options.ts';
export type { TrainRun } from './loop/train-run.ts';
export { validationLoss, type ValidationLossOptions } from './loop/validation-loss.ts';

export type { Checkpoint, CheckpointState, JsonValue } from './checkpoint/checkpoint.ts';
export { checkpointWeights, type WeightsOf } from './checkpoint/checkpoint-weights.ts';
export { decodeCheckpoint } from './checkpoint/decode-checkpoint.ts';
export { encodeCheckpoint } from './checkpoint/encode-checkpoint.ts';
