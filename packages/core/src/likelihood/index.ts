/** Log densities, bounds and their terms. */

export { bitsPerDimension } from './bits-per-dimension.ts';
export { discretizedGaussian, type DiscretizedGaussianOptions, tanhNormalCdf } from './discretized-gaussian.ts';
export { type Likelihood, likelihood, type LikelihoodOptions } from './likelihood.ts';
export { gaussianLogDensity, normalKl } from './normal-kl.ts';
export {
  exactTrace,
  gaussianTrace,
  type TraceEstimator,
  rademacherTrace,
  type RandomTraceOptions,
} from './trace-estimators.ts';
export {
  largeLogVariance,
  type LogVariance,
  priorBits,
  rangeLogVariance,
  smallLogVariance,
  type VlbSample,
  vlbTerm,
} from './vlb.ts';
