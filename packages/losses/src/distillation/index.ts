export { contrastiveDistillation, type ContrastiveDistillationOptions } from './contrastive-distillation.ts';
export { featureRegularizer, type FeatureRegularizerOptions } from './feature-regularizer.ts';
export { jointEmbedding, type JointEmbeddingOptions } from './joint-embedding.ts';
export { maskedPatchDistillation, type MaskedPatchDistillationOptions } from './masked-patch-distillation.ts';
export { representationAlignment, type RepresentationAlignmentOptions } from './representation-alignment.ts';
export { selfAlignment, type SelfAlignmentOptions } from './self-alignment.ts';
export { selfDistillation, type SelfDistillationOptions, type ViewSigma } from './self-distillation.ts';

export { contrastiveCriterion, type ContrastiveCriterionOptions } from './criteria/contrastive-criterion.ts';
export { cosineCriterion } from './criteria/cosine-criterion.ts';
export type { Criterion, CriterionContext, CriterionValue } from './criteria/criterion.ts';
export { prototypeCriterion, type PrototypeCriterionOptions } from './criteria/prototype-criterion.ts';

export { BatchNorm, type BatchNormOptions } from './heads/batch-norm.ts';
export { dinoHead, type DinoHeadOptions } from './heads/dino-head.ts';
export type { Head, HeadFactory, HeadOptions } from './heads/head.ts';
export { mlpHead, type MlpHeadOptions } from './heads/mlp-head.ts';
export { plainHead, type PlainHeadOptions } from './heads/plain-head.ts';

export { momentumTeacher } from './teachers/momentum-teacher.ts';
export { samplingEmaTeacher, type SamplingEmaTeacherOptions } from './teachers/sampling-ema-teacher.ts';
export { studentTeacher } from './teachers/student-teacher.ts';
export type { Teacher } from './teachers/teacher.ts';
