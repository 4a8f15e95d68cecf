export { stratifiedDraws, type NoiseLevelDraws, type WeightedDraws } from './objective/draws.ts';
export { evaluateObjective, type EvaluateObjectiveOptions } from './objective/evaluate-objective.ts';
export type {
  Objective,
  ObjectiveSetup,
  SampleLosses,
  StepContext,
  StudentPass,
  TensorBatch,
  Terms,
} from './objective/objective.ts';
export { tensorBatch } from './objective/tensor-batch.ts';
export { termGradientNorms } from './objective/term-gradient-norms.ts';
export { weightedSum } from './objective/weighted-sum.ts';

export { denoisingLoss, type DenoisingLossOptions } from './denoising/denoising-loss.ts';
export { directionLoss, type DirectionLossOptions } from './denoising/direction-loss.ts';
export { huber, type HuberOptions } from './denoising/errors/huber.ts';
export { pseudoHuber, type PseudoHuberOptions } from './denoising/errors/pseudo-huber.ts';
export type { ErrorMeasure } from './denoising/errors/squared-error.ts';
export {
  learnedUncertainty,
  type LearnedUncertaintyOptions,
  type LossUncertainty,
} from './denoising/learned-uncertainty.ts';
export { hybridDenoising, type HybridDenoisingOptions } from './denoising/learned-variance/hybrid-denoising.ts';

export {
  contrastiveDistillation,
  type ContrastiveDistillationOptions,
} from './distillation/contrastive-distillation.ts';
export { featureRegularizer, type FeatureRegularizerOptions } from './distillation/feature-regularizer.ts';
export { jointEmbedding, type JointEmbeddingOptions } from './distillation/joint-embedding.ts';
export {
  maskedPatchDistillation,
  type MaskedPatchDistillationOptions,
} from './distillation/masked-patch-distillation.ts';
export {
  representationAlignment,
  type RepresentationAlignmentOptions,
} from './distillation/representation-alignment.ts';
export { selfAlignment, type SelfAlignmentOptions } from './distillation/self-alignment.ts';
export { selfDistillation, type SelfDistillationOptions, type ViewSigma } from './distillation/self-distillation.ts';

export {
  contrastiveCriterion,
  type ContrastiveCriterionOptions,
} from './distillation/criteria/contrastive-criterion.ts';
export { cosineCriterion } from './distillation/criteria/cosine-criterion.ts';
export type { Criterion, CriterionContext, CriterionValue } from './distillation/criteria/criterion.ts';
export { prototypeCriterion, type PrototypeCriterionOptions } from './distillation/criteria/prototype-criterion.ts';
export { dinoHead, type DinoHeadOptions } from './distillation/heads/dino-head.ts';
export type { Head, HeadFactory, HeadOptions } from './distillation/heads/head.ts';
export { mlpHead, type MlpHeadOptions } from './distillation/heads/mlp-head.ts';
export { plainHead, type PlainHeadOptions } from './distillation/heads/plain-head.ts';
export { momentumTeacher } from './distillation/teachers/momentum-teacher.ts';
export { samplingEmaTeacher, type SamplingEmaTeacherOptions } from './distillation/teachers/sampling-ema-teacher.ts';
export { studentTeacher } from './distillation/teachers/student-teacher.ts';
export type { Teacher } from './distillation/teachers/teacher.ts';

export { dino, type DinoOptions } from './recipes/dino.ts';
export { mocoV3, type MocoV3Options } from './recipes/moco-v3.ts';
export { simClr, type SimClrOptions } from './recipes/sim-clr.ts';

export { dcl, type DclOptions } from './pairwise/contrastive/dcl.ts';
export { infoNce, type InfoNceOptions } from './pairwise/contrastive/info-nce.ts';
export { ntXent, type NtXentOptions } from './pairwise/contrastive/nt-xent.ts';
export { dispersiveL2, type DispersiveOptions } from './pairwise/dispersion/dispersive-loss.ts';
export { koLeo, type KoLeoOptions } from './pairwise/dispersion/ko-leo.ts';
export { barlowTwins, type BarlowTwinsOptions } from './pairwise/redundancy/barlow-twins.ts';
export { vicReg, type VicRegOptions } from './pairwise/redundancy/vic-reg.ts';

export { collapseReport, type CollapseInput, type CollapseReport } from './diagnostics/collapse-report.ts';
export { collapseWarnings, type CollapseThresholds, type CollapseWarning } from './diagnostics/collapse-warnings.ts';
