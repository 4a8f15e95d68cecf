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
export { weightedSum, type TermWeight } from './weighted-sum.ts';
export { evaluateObjective, type EvaluateObjectiveOptions } from './step/evaluate-objective.ts';
export type { NoiseLevelDraws } from './step/noise-level-draws.ts';
export { independentDraws } from './step/independent-draws.ts';
export { stratifiedDraws } from './step/stratified-draws.ts';

export { denoisingLoss, type DenoisingLossOptions } from './denoising/denoising-loss.ts';

export {
  contrastiveDistillation,
  type ContrastiveDistillationOptions,
} from './distillation/contrastive-distillation.ts';

export { infoNce, type InfoNceOptions } from './contrastive/info-nce.ts';
export { contrastiveAccuracy } from './contrastive/contrastive-accuracy.ts';
export { l2Normalize, type L2NormalizeOptions } from './contrastive/l2-normalize.ts';

export type { Head, HeadFactory } from './heads/head.ts';
export { mlpHead, type MlpHeadOptions } from './heads/mlp-head.ts';
export { BatchNorm, type BatchNormOptions } from './heads/batch-norm.ts';

export type { Teacher } from './teacher/teacher.ts';
export { momentumTeacher } from './teacher/momentum-teacher.ts';
export { samplingEmaTeacher, type SamplingEmaTeacherOptions } from './teacher/sampling-ema-teacher.ts';
export { studentTeacher } from './teacher/student-teacher.ts';
export { moveTowards } from './teacher/move-towards.ts';

export type { MomentumSchedule } from './schedules/momentum-schedule.ts';
export { constantMomentum } from './schedules/constant-momentum.ts';
export { cosineMomentum, type CosineMomentumOptions } from './schedules/cosine-momentum.ts';

export { featureStd } from './diagnostics/feature-std.ts';
export { meanCosine } from './diagnostics/mean-cosine.ts';
