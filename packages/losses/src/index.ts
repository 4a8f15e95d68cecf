export type {
  Objective,
  ObjectiveSetup,
  SampleLosses,
  StepContext,
  StudentPass,
  TensorBatch,
  Terms,
} from './objective.ts';
export { tensorBatch } from './tensor-batch.ts';
export { termGradientNorms } from './term-gradient-norms.ts';
export { weightedSum, type TermWeight } from './weighted-sum.ts';
export { evaluateObjective, type EvaluateObjectiveOptions } from './step/evaluate-objective.ts';
export type { NoiseLevelDraws, WeightedDraws } from './step/noise-level-draws.ts';
export { independentDraws } from './step/independent-draws.ts';
export { stratifiedDraws } from './step/stratified-draws.ts';

export { denoisingLoss, type DenoisingLossOptions } from './denoising/denoising-loss.ts';

export { cosMap } from './denoising/cos-map.ts';
export { karrasWeight } from './denoising/karras-weight.ts';
export { sigmaSqrt } from './denoising/sigma-sqrt.ts';
export { predictionWeight } from './denoising/prediction-weight.ts';
export type { ErrorMeasure } from './denoising/error-measure.ts';
export { squaredError } from './denoising/squared-error.ts';
export { huber, type HuberOptions } from './denoising/huber.ts';
export { pseudoHuber, type PseudoHuberOptions } from './denoising/pseudo-huber.ts';
export { multiScaleError, type MultiScaleErrorOptions } from './denoising/multi-scale-error.ts';
export { frequencyError, type FrequencyErrorOptions } from './denoising/frequency-error.ts';
export {
  learnedUncertainty,
  type LearnedUncertaintyOptions,
  type LossUncertainty,
} from './denoising/learned-uncertainty.ts';
export { uncertaintyWeighted } from './denoising/uncertainty-weighted.ts';
export { directionLoss, type DirectionLossOptions } from './denoising/direction-loss.ts';
export { learnedRangeBound, type LearnedRangeBoundOptions } from './denoising/learned-range-bound.ts';
export { hybridDenoising, type HybridDenoisingOptions } from './denoising/hybrid-denoising.ts';
export { hybridBound, type HybridBoundOptions } from './denoising/hybrid-bound.ts';

export {
  contrastiveDistillation,
  type ContrastiveDistillationOptions,
} from './distillation/contrastive-distillation.ts';

export { selfDistillation, type SelfDistillationOptions, type ViewSigma } from './distillation/self-distillation.ts';
export { jointEmbedding, type JointEmbeddingOptions } from './distillation/joint-embedding.ts';
export {
  representationAlignment,
  type RepresentationAlignmentOptions,
} from './distillation/representation-alignment.ts';
export { selfAlignment, type SelfAlignmentOptions } from './distillation/self-alignment.ts';

export {
  maskedPatchDistillation,
  type MaskedPatchDistillationOptions,
} from './distillation/masked-patch-distillation.ts';

export { simClr, type SimClrOptions } from './baselines/sim-clr.ts';
export { mocoV3, type MocoV3Options } from './baselines/moco-v3.ts';
export { dino, type DinoOptions } from './baselines/dino.ts';

export type { Criterion, CriterionContext, CriterionValue } from './criteria/criterion.ts';
export { contrast, type ContrastOptions } from './criteria/contrast.ts';
export { agreement } from './criteria/agreement.ts';
export { prototypes, type PrototypesOptions } from './criteria/prototypes.ts';

export { infoNce, type InfoNceOptions } from './contrastive/info-nce.ts';
export { contrastiveAccuracy } from './contrastive/contrastive-accuracy.ts';
export { l2Normalize, type L2NormalizeOptions } from './contrastive/l2-normalize.ts';

export { ntXent, type NtXentOptions } from './views/nt-xent.ts';
export { dcl, type DclOptions } from './views/dcl.ts';
export { dclw, type DclwOptions } from './views/dclw.ts';
export { barlowTwins, type BarlowTwinsOptions } from './views/barlow-twins.ts';
export { vicReg, type VicRegOptions } from './views/vic-reg.ts';
export { negativeCosine } from './views/negative-cosine.ts';
export { simSiam, type ViewPair } from './views/sim-siam.ts';
export { byol } from './views/byol.ts';
export { alignment, type AlignmentOptions } from './views/alignment.ts';
export { uniformity, type UniformityOptions } from './views/uniformity.ts';

export { dinoLoss, type DinoLossOptions } from './clustering/dino-loss.ts';
export { patchLoss, type PatchLossOptions } from './clustering/patch-loss.ts';
export { maskedPatchLoss } from './clustering/masked-patch-loss.ts';
export { centeredSoftmax, type CenteredSoftmaxOptions } from './clustering/centered-softmax.ts';
export { Center, type CenterOptions } from './clustering/center.ts';
export { sinkhornKnopp, type SinkhornKnoppOptions } from './clustering/sinkhorn-knopp.ts';
export { swav, type SwavOptions } from './clustering/swav.ts';

export { dispersiveL2, type DispersiveOptions } from './regularisers/dispersive-l2.ts';
export { dispersiveCosine } from './regularisers/dispersive-cosine.ts';
export { dispersiveHinge, type DispersiveHingeOptions } from './regularisers/dispersive-hinge.ts';
export { dispersiveCovariance, type DispersiveCovarianceOptions } from './regularisers/dispersive-covariance.ts';
export { koLeo, type KoLeoOptions } from './regularisers/ko-leo.ts';
export { repa } from './regularisers/repa.ts';
export { featureRegulariser, type FeatureRegulariserOptions } from './regularisers/feature-regulariser.ts';

export type { Head, HeadFactory, HeadOptions } from './heads/head.ts';
export { mlpHead, type MlpHeadOptions } from './heads/mlp-head.ts';
export { plainHead, type PlainHeadOptions } from './heads/plain-head.ts';
export { dinoHead, type DinoHeadOptions } from './heads/dino-head.ts';
export { BatchNorm, type BatchNormOptions } from './heads/batch-norm.ts';

export type { Teacher } from './teacher/teacher.ts';
export { momentumTeacher } from './teacher/momentum-teacher.ts';
export { samplingEmaTeacher, type SamplingEmaTeacherOptions } from './teacher/sampling-ema-teacher.ts';
export { studentTeacher } from './teacher/student-teacher.ts';
export { moveTowards } from './teacher/move-towards.ts';

export type { Schedule } from './schedules/schedule.ts';
export type { MomentumSchedule } from './schedules/momentum-schedule.ts';
export { constantMomentum } from './schedules/constant-momentum.ts';
export { cosineMomentum, type CosineMomentumOptions } from './schedules/cosine-momentum.ts';
export { constantSchedule } from './schedules/constant-schedule.ts';
export { linearRamp, type RampOptions } from './schedules/linear-ramp.ts';
export { cosineRamp } from './schedules/cosine-ramp.ts';
export { schedulePieces, type SchedulePiece } from './schedules/schedule-pieces.ts';

export { assignmentEntropy, type AssignmentEntropy } from './diagnostics/assignment-entropy.ts';
export { featureStd } from './diagnostics/feature-std.ts';
export { meanCosine } from './diagnostics/mean-cosine.ts';
export { collapseWarnings, type CollapseThresholds, type CollapseWarning } from './diagnostics/collapse-warnings.ts';
export { rankMe } from './diagnostics/rank-me.ts';
export { collapseReport, type CollapseInput, type CollapseReport } from './diagnostics/collapse-report.ts';
