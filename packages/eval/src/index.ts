export type { FeatureRows } from './features/feature-rows.ts';
export type { FeatureSource, LabeledSource } from './features/feature-source.ts';
export type { FeatureStore } from './features/feature-store.ts';
export { moments, StreamingMoments } from './features/moments.ts';
export type { Moments } from './features/moments.ts';
export { copyingCheck } from './metrics/copying/copying-check.ts';
export type { CopyingCheckOptions, CopyingReport, DistanceSummary } from './metrics/copying/copying-check.ts';
export { frechetDistance } from './metrics/frechet/frechet-distance.ts';
export { frechetInfinity } from './metrics/frechet/frechet-infinity.ts';
export type { FrechetInfinity, FrechetInfinityOptions } from './metrics/frechet/frechet-infinity.ts';
export { imageFrechetDistance } from './metrics/frechet/image-frechet-distance.ts';
export type { FrechetReport } from './metrics/frechet/image-frechet-distance.ts';
export { inceptionScore } from './metrics/inception-score/inception-score.ts';
export type { InceptionScore, InceptionScoreOptions } from './metrics/inception-score/inception-score.ts';
export { fid } from './metrics/measure/fid.ts';
export type { FidOptions } from './metrics/measure/fid.ts';
export type { Figure, ImageMetric } from './metrics/measure/image-metric.ts';
export type { ImageSet, ImageSource, ImageSummary } from './metrics/measure/image-set.ts';
export { measureImages } from './metrics/measure/measure-images.ts';
export type { ImageMeasures, MeasureImagesOptions } from './metrics/measure/measure-images.ts';
export { samplerImages } from './metrics/measure/sampler-images.ts';
export type { SamplerImagesOptions } from './metrics/measure/sampler-images.ts';
export { gaussianMmd } from './metrics/mmd/gaussian-mmd.ts';
export type { GaussianMmdOptions } from './metrics/mmd/gaussian-mmd.ts';
export { kernelDistance } from './metrics/mmd/kernel-distance.ts';
export type { KernelDistance, KernelDistanceOptions, SubsetPair } from './metrics/mmd/kernel-distance.ts';
export { precisionRecall } from './metrics/precision-recall/precision-recall.ts';
export type { PrecisionRecall, PrecisionRecallOptions } from './metrics/precision-recall/precision-recall.ts';
export { classifierFeatures } from './networks/classifier/classifier-features.ts';
export type { ClassifierFeatures } from './networks/classifier/classifier-features.ts';
export type { ClassifierSizes } from './networks/classifier/classifier-layers.ts';
export { trainClassifierFeatures } from './networks/classifier/train-classifier-features.ts';
export type { TrainClassifierOptions } from './networks/classifier/train-classifier-features.ts';
export { digitFeatures } from './networks/digits/digit-features.ts';
export type { DigitFeatures } from './networks/digits/digit-features.ts';
export { dinoFeatures } from './networks/dino/dino-features.ts';
export type { DinoFeaturesOptions } from './networks/dino/dino-features.ts';
export { extractFeatures } from './networks/extract-features.ts';
export type { ExtraOutput, FeatureNetwork, NetworkOutputs } from './networks/feature-network.ts';
export { inceptionFeatures } from './networks/inception/inception-features.ts';
export type { InceptionFeaturesOptions } from './networks/inception/inception-features.ts';
export { inception } from './networks/inception/inception.ts';
export type { Inception, InceptionOptions, InceptionOutput } from './networks/inception/inception.ts';
export { pixelFeatures } from './networks/pixels/pixel-features.ts';
export type { PixelFeaturesOptions } from './networks/pixels/pixel-features.ts';
export { clean, legacyPyTorch, legacyTensorFlow } from './networks/protocols/protocols.ts';
export type { Protocol } from './networks/protocols/protocols.ts';
export { readWeights } from './networks/weights/read-weights.ts';
export type { PublishedWeights, NetworkWeights, ReadWeightsOptions } from './networks/weights/read-weights.ts';
export { ddaeProbeGrid } from './probes/adam/ddae-probe-grid.ts';
export type { DdaeCell, DdaeProbeGrid, DdaeProbeGridOptions } from './probes/adam/ddae-probe-grid.ts';
export { ddaeProbe } from './probes/adam/ddae-probe.ts';
export type { DdaeProbeOptions, DdaeProbeResult } from './probes/adam/ddae-probe.ts';
export type { DdaeOutcome, DdaeProtocol, DdaeSettings } from './probes/adam/ddae-protocol.ts';
export type { HeadState } from './probes/adam/linear-head.ts';
export { denseProbe } from './probes/dense/dense-probe.ts';
export type {
  DenseProbeOptions,
  DenseProbeProtocol,
  DenseProbeResult,
  DenseProbeTrial,
  DenseRows,
} from './probes/dense/dense-probe.ts';
export { fewShotCurve } from './probes/few-shot/few-shot-curve.ts';
export type { FewShotCurve, FewShotOptions, FewShotPoint, FewShotProbe } from './probes/few-shot/few-shot-curve.ts';
export { fineTuneProbe } from './probes/fine-tune/fine-tune-probe.ts';
export type {
  FineTuneEpoch,
  FineTuneOptions,
  FineTuneProtocol,
  FineTuneResult,
} from './probes/fine-tune/fine-tune-probe.ts';
export { linearProbeGrid } from './probes/grid/linear-probe-grid.ts';
export type { LinearProbeGridOptions, ProbeCell, ProbeGrid } from './probes/grid/linear-probe-grid.ts';
export { networkFeatures } from './probes/grid/network-features.ts';
export type { NetworkFeaturesOptions } from './probes/grid/network-features.ts';
export type { GridCell, GridOutcome, ProbeSplits } from './probes/grid/probe-grid.ts';
export type { TapFeatures } from './probes/grid/tap-features.ts';
export { linearProbe } from './probes/linear/linear-probe.ts';
export type { LinearProbeOptions, ProbeProtocol, ProbeResult, ProbeTrial } from './probes/linear/linear-probe.ts';
export { nearestNeighborProbe } from './probes/neighbors/nearest-neighbor-probe.ts';
export type {
  NearestNeighborProbeOptions,
  NearestNeighborProbeResult,
  NearestNeighborProtocol,
} from './probes/neighbors/nearest-neighbor-probe.ts';
export { onlineProbe } from './probes/online/online-probe.ts';
export type {
  OnlineProbe,
  OnlineProbeOptions,
  OnlineProbeReport,
  OnlineProbeState,
} from './probes/online/online-probe.ts';
export { confusionMatrix } from './probes/parts/confusion-matrix.ts';
export type { ConfusionMatrix } from './probes/parts/confusion-matrix.ts';
export type { ImageAugmentation } from './probes/parts/flip-crop.ts';
export type { LabeledRows, ProbeParts } from './probes/parts/probe-labels.ts';
export type { ProbeOutcome } from './probes/parts/probe-outcome.ts';
export { probeRecord } from './probes/parts/probe-record.ts';
export type { RecordDetails } from './probes/parts/probe-record.ts';
export { ridgeProbe } from './probes/ridge/ridge-probe.ts';
export type { RidgeProbeOptions, RidgeProbeResult, RidgeProtocol } from './probes/ridge/ridge-probe.ts';
export { linearCka } from './representation/linear-cka.ts';
export { featureSpectrum } from './representation/spectrum.ts';
export type { FeatureSpectrum } from './representation/spectrum.ts';
