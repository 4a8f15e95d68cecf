export { digitFeatures } from './digits/digit-features.ts';
export type { DigitFeatures } from './digits/digit-features.ts';
export { extractFeatures } from './features/extract-features.ts';
export type { FeatureNetwork } from './features/feature-network.ts';
export type { FeatureRows } from './features/feature-rows.ts';
export { frechetDistance } from './frechet/frechet-distance.ts';
export { moments } from './moments/moments.ts';
export type { Moments } from './moments/moments.ts';
export { StreamingMoments } from './moments/streaming-moments.ts';
export { copyingCheck } from './neighbours/copying-check.ts';
export type { CopyingCheckOptions, CopyingReport, DistanceSummary } from './neighbours/copying-check.ts';
export { nearestNeighbourDistance } from './neighbours/nearest-neighbour-distance.ts';
export type { NearestNeighbours } from './neighbours/nearest-neighbour-distance.ts';
export { accuracy, classify } from './probe/classify.ts';
export type { Classification } from './probe/classify.ts';
export { linearProbe } from './probe/linear-probe.ts';
export type {
  LabelledRows,
  LinearProbeOptions,
  ProbeParts,
  ProbeProtocol,
  ProbeResult,
  ProbeTrial,
} from './probe/linear-probe.ts';
export { linearProbeGrid } from './probe/linear-probe-grid.ts';
export type { LinearProbeGridOptions, ProbeCell, ProbeGrid, TapFeatures } from './probe/linear-probe-grid.ts';
export { logisticRegression } from './probe/logistic-regression.ts';
export type { LinearClassifier, LogisticRegression, LogisticRegressionOptions } from './probe/logistic-regression.ts';
export { nearestNeighbourVote } from './probe/nearest-neighbour-vote.ts';
export type { NearestNeighbourVoteOptions } from './probe/nearest-neighbour-vote.ts';
export { ridgeClassifier } from './probe/ridge-classifier.ts';
export type { RidgeClassifierOptions } from './probe/ridge-classifier.ts';
export { inceptionScore } from './inception-score/inception-score.ts';
export type { InceptionScore, InceptionScoreOptions } from './inception-score/inception-score.ts';
export { gaussianMmd } from './kernel/gaussian-mmd.ts';
export type { GaussianMmdOptions } from './kernel/gaussian-mmd.ts';
export { kernelDistance } from './kernel/kernel-distance.ts';
export type { KernelDistance, KernelDistanceOptions, SubsetPair } from './kernel/kernel-distance.ts';
export type { MmdEstimates, PolynomialKernel } from './kernel/polynomial-kernel.ts';
export { polynomialMmd } from './kernel/polynomial-mmd.ts';
export { precisionRecall } from './manifold/precision-recall.ts';
export type { PrecisionRecall, PrecisionRecallOptions } from './manifold/precision-recall.ts';
export { alignment, uniformity } from './representation/alignment-uniformity.ts';
export { linearCka } from './representation/linear-cka.ts';
export { featureSpectrum } from './representation/spectrum.ts';
export type { FeatureSpectrum } from './representation/spectrum.ts';
export { frechetInfinity } from './frechet/frechet-infinity.ts';
export type { FrechetInfinity, FrechetInfinityOptions } from './frechet/frechet-infinity.ts';
export { imageFrechetDistance } from './frechet/image-frechet-distance.ts';
export type { FrechetReport, ImageSet } from './frechet/image-frechet-distance.ts';
export { momentsFromNpz, momentsToNpz } from './moments/moments-npz.ts';
export { confusionMatrix } from './probe/confusion-matrix.ts';
export type { ConfusionMatrix } from './probe/confusion-matrix.ts';
