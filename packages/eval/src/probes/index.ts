export { ddaeProbeGrid } from './adam/ddae-probe-grid.ts';
export type { DdaeCell, DdaeProbeGrid, DdaeProbeGridOptions } from './adam/ddae-probe-grid.ts';
export { ddaeProbe } from './adam/ddae-probe.ts';
export type { DdaeProbeOptions, DdaeProbeResult } from './adam/ddae-probe.ts';
export type { DdaeOutcome, DdaeProtocol, DdaeSettings } from './adam/ddae-protocol.ts';
export type { HeadState } from './adam/linear-head.ts';
export { denseProbe } from './dense/dense-probe.ts';
export type {
  DenseProbeOptions,
  DenseProbeProtocol,
  DenseProbeResult,
  DenseProbeTrial,
  DenseRows,
} from './dense/dense-probe.ts';
export { segmentationScore } from './dense/segmentation-score.ts';
export type { SegmentationScore } from './dense/segmentation-score.ts';
export { fewShotCurve } from './few-shot/few-shot-curve.ts';
export type { FewShotCurve, FewShotOptions, FewShotPoint, FewShotProbe } from './few-shot/few-shot-curve.ts';
export { fineTuneProbe } from './fine-tune/fine-tune-probe.ts';
export type { FineTuneEpoch, FineTuneOptions, FineTuneProtocol, FineTuneResult } from './fine-tune/fine-tune-probe.ts';
export { linearProbeGrid } from './grid/linear-probe-grid.ts';
export type { LinearProbeGridOptions, ProbeCell, ProbeGrid } from './grid/linear-probe-grid.ts';
export { networkFeatures } from './grid/network-features.ts';
export type { NetworkFeaturesOptions } from './grid/network-features.ts';
export type { GridCell, GridOutcome, ProbeSplits } from './grid/probe-grid.ts';
export type { TapFeatures } from './grid/tap-features.ts';
export { linearProbe } from './linear/linear-probe.ts';
export type { LinearProbeOptions, ProbeProtocol, ProbeResult, ProbeTrial } from './linear/linear-probe.ts';
export { logisticRegression } from './linear/logistic-regression.ts';
export type { LinearClassifier, LogisticRegression, LogisticRegressionOptions } from './linear/logistic-regression.ts';
export { nearestNeighborProbe } from './neighbors/nearest-neighbor-probe.ts';
export type {
  NearestNeighborProbeOptions,
  NearestNeighborProbeResult,
  NearestNeighborProtocol,
} from './neighbors/nearest-neighbor-probe.ts';
export { nearestNeighborVote } from './neighbors/nearest-neighbor-vote.ts';
export type { NearestNeighborVoteOptions } from './neighbors/nearest-neighbor-vote.ts';
export { onlineProbe } from './online/online-probe.ts';
export type { OnlineProbe, OnlineProbeOptions, OnlineProbeReport, OnlineProbeState } from './online/online-probe.ts';
export { accuracy, classify } from './parts/classify.ts';
export type { Classification } from './parts/classify.ts';
export { confusionMatrix } from './parts/confusion-matrix.ts';
export type { ConfusionMatrix } from './parts/confusion-matrix.ts';
export { flipCrop } from './parts/flip-crop.ts';
export type { FlipCropOptions, ImageAugmentation } from './parts/flip-crop.ts';
export type { LabeledRows, ProbeParts } from './parts/probe-labels.ts';
export type { ProbeOutcome } from './parts/probe-outcome.ts';
export { probeRecord } from './parts/probe-record.ts';
export type { RecordDetails } from './parts/probe-record.ts';
export { ridgeClassifier } from './ridge/ridge-classifier.ts';
export type { RidgeClassifierOptions } from './ridge/ridge-classifier.ts';
export { ridgeProbe } from './ridge/ridge-probe.ts';
export type { RidgeProbeOptions, RidgeProbeResult, RidgeProtocol } from './ridge/ridge-probe.ts';
