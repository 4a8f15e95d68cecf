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
export { ddaeProbe } from './probe/ddae-probe.ts';
export type { DdaeProbeOptions, DdaeProbeResult } from './probe/ddae-probe.ts';
export { ddaeProbeGrid } from './probe/ddae-probe-grid.ts';
export type { DdaeCell, DdaeProbeGrid, DdaeProbeGridOptions } from './probe/ddae-probe-grid.ts';
export type { DdaeOutcome, DdaeProtocol, DdaeSettings } from './probe/ddae-protocol.ts';
export { denseProbe } from './probe/dense-probe.ts';
export type {
  DenseProbeOptions,
  DenseProbeProtocol,
  DenseProbeResult,
  DenseProbeTrial,
  DenseRows,
} from './probe/dense-probe.ts';
export { segmentationScore } from './probe/segmentation-score.ts';
export type { SegmentationScore } from './probe/segmentation-score.ts';
export { fineTuneProbe } from './probe/fine-tune-probe.ts';
export type { FineTuneEpoch, FineTuneOptions, FineTuneProtocol, FineTuneResult } from './probe/fine-tune-probe.ts';
export { fewShotCurve } from './probe/few-shot-curve.ts';
export type { FewShotCurve, FewShotOptions, FewShotPoint, FewShotProbe } from './probe/few-shot-curve.ts';
export { onlineProbe } from './probe/online-probe.ts';
export type { OnlineProbe, OnlineProbeOptions, OnlineProbeReport, OnlineProbeState } from './probe/online-probe.ts';
export type { HeadState } from './probe/linear-head.ts';
export { flipCrop } from './probe/flip-crop.ts';
export type { FlipCropOptions, ImageAugmentation } from './probe/flip-crop.ts';
export { linearProbe } from './probe/linear-probe.ts';
export type { LinearProbeOptions, ProbeProtocol, ProbeResult, ProbeTrial } from './probe/linear-probe.ts';
export type { LabelledRows, ProbeOutcome, ProbeParts } from './probe/probe-outcome.ts';
export type { FeatureSource, LabelledSource } from './feature-source/feature-source.ts';
export { linearProbeGrid } from './probe/linear-probe-grid.ts';
export type { LinearProbeGridOptions, ProbeCell, ProbeGrid } from './probe/linear-probe-grid.ts';
export type { GridCell, GridOutcome, ProbeSplits } from './probe/probe-grid.ts';
export { networkFeatures } from './probe/network-features.ts';
export type { NetworkFeaturesOptions } from './probe/network-features.ts';
export type { TapFeatures } from './probe/tap-features.ts';
export type { FeatureStore, PassIdentity, PassWriter, StoredPass } from './feature-source/feature-store.ts';
export { logisticRegression } from './probe/logistic-regression.ts';
export type { LinearClassifier, LogisticRegression, LogisticRegressionOptions } from './probe/logistic-regression.ts';
export { nearestNeighbourVote } from './probe/nearest-neighbour-vote.ts';
export type { NearestNeighbourVoteOptions } from './probe/nearest-neighbour-vote.ts';
export { nearestNeighbourProbe } from './probe/nearest-neighbour-probe.ts';
export type {
  NearestNeighbourProbeOptions,
  NearestNeighbourProbeResult,
  NearestNeighbourProtocol,
} from './probe/nearest-neighbour-probe.ts';
export { probeRecord } from './probe/probe-record.ts';
export type { RecordDetails } from './probe/probe-record.ts';
export { ridgeProbe } from './probe/ridge-probe.ts';
export type { RidgeProbeOptions, RidgeProbeResult, RidgeProtocol } from './probe/ridge-probe.ts';
export { version } from './version.ts';
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
export type { FrechetReport } from './frechet/image-frechet-distance.ts';
export { momentsFromNpz, momentsToNpz } from './moments/moments-npz.ts';
export { confusionMatrix } from './probe/confusion-matrix.ts';
export type { ConfusionMatrix } from './probe/confusion-matrix.ts';
export type { ExtraOutput, NetworkOutputs } from './features/feature-network.ts';
export { inceptionCheckpoint } from './inception/inception-checkpoint.ts';
export { inceptionFeatures } from './inception/inception-features.ts';
export type { InceptionFeaturesOptions } from './inception/inception-features.ts';
export { inceptionShapes } from './inception/inception-shapes.ts';
export { inception, inceptionDims } from './inception/inception.ts';
export type { Inception, InceptionOptions, InceptionOutput } from './inception/inception.ts';
export { clean } from './protocols/clean.ts';
export { legacyPyTorch } from './protocols/legacy-pytorch.ts';
export { legacyTensorFlow } from './protocols/legacy-tensorflow.ts';
export { prepareBatch } from './protocols/prepare-batch.ts';
export type { Protocol } from './protocols/protocol.ts';
export type { Checkpoint } from './weights/checkpoint.ts';
export { readWeights } from './weights/read-weights.ts';
export type { NetworkWeights, ReadWeightsOptions } from './weights/read-weights.ts';
export { fid } from './measure/fid.ts';
export type { FidOptions } from './measure/fid.ts';
export type { Figure, ImageMetric } from './measure/image-metric.ts';
export type { ImageSet, ImageSource, ImageSummary } from './measure/image-set.ts';
export { measureImages } from './measure/measure-images.ts';
export type { ImageMeasures, MeasureImagesOptions } from './measure/measure-images.ts';
export {
  frechetInfinityMetric,
  frechetMetric,
  inceptionScoreMetric,
  kernelMetric,
  mmdMetric,
  precisionRecallMetric,
  spatialFrechetMetric,
} from './measure/metrics.ts';
export { samplerImages } from './measure/sampler-images.ts';
export type { SamplerImagesOptions } from './measure/sampler-images.ts';
export { summariseImages } from './measure/summarise-images.ts';
export type { Need, SummariseOptions } from './measure/summarise-images.ts';
export { dinoCheckpoint } from './dino/dino-checkpoint.ts';
export { dinoFeatures } from './dino/dino-features.ts';
export type { DinoFeaturesOptions } from './dino/dino-features.ts';
export { dinoProtocol } from './dino/dino-protocol.ts';
export { dinoShapes, vitSmall16 } from './dino/dino-shapes.ts';
export type { DinoSizes } from './dino/dino-shapes.ts';
export { dino } from './dino/dino.ts';
export type { Dino } from './dino/dino.ts';
export { pixelFeatures } from './features/pixel-features.ts';
export type { PixelFeaturesOptions } from './features/pixel-features.ts';
export { classifierFeatures } from './classifier/classifier-features.ts';
export type { ClassifierFeatures } from './classifier/classifier-features.ts';
export type { ClassifierSizes } from './classifier/classifier-layers.ts';
export { trainClassifierFeatures } from './classifier/train-classifier-features.ts';
export type { TrainClassifierOptions } from './classifier/train-classifier-features.ts';
