export { copyingCheck } from './copying/copying-check.ts';
export type { CopyingCheckOptions, CopyingReport, DistanceSummary } from './copying/copying-check.ts';
export { nearestNeighborDistance } from './copying/nearest-neighbor-distance.ts';
export type { NearestNeighbors } from './copying/nearest-neighbor-distance.ts';
export { frechetDistance } from './frechet/frechet-distance.ts';
export { frechetInfinity } from './frechet/frechet-infinity.ts';
export type { FrechetInfinity, FrechetInfinityOptions } from './frechet/frechet-infinity.ts';
export { imageFrechetDistance } from './frechet/image-frechet-distance.ts';
export type { FrechetReport } from './frechet/image-frechet-distance.ts';
export { inceptionScore } from './inception-score/inception-score.ts';
export type { InceptionScore, InceptionScoreOptions } from './inception-score/inception-score.ts';
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
export { summarizeImages } from './measure/summarize-images.ts';
export type { ImageStatistic, SummarizeImagesOptions } from './measure/summarize-images.ts';
export { gaussianMmd } from './mmd/gaussian-mmd.ts';
export type { GaussianMmdOptions } from './mmd/gaussian-mmd.ts';
export { kernelDistance } from './mmd/kernel-distance.ts';
export type { KernelDistance, KernelDistanceOptions, SubsetPair } from './mmd/kernel-distance.ts';
export { polynomialMmd } from './mmd/polynomial-mmd.ts';
export type { MmdEstimates, PolynomialKernel } from './mmd/polynomial-mmd.ts';
export { precisionRecall } from './precision-recall/precision-recall.ts';
export type { PrecisionRecall, PrecisionRecallOptions } from './precision-recall/precision-recall.ts';
