export { denoisingLoss, type DenoisingLossOptions } from './denoising-loss.ts';
export { directionLoss, type DirectionLossOptions } from './direction-loss.ts';
export { frequencyError, type FrequencyErrorOptions } from './errors/frequency-error.ts';
export { huber, type HuberOptions } from './errors/huber.ts';
export { multiScaleError, type MultiScaleErrorOptions } from './errors/multi-scale-error.ts';
export { pseudoHuber, type PseudoHuberOptions } from './errors/pseudo-huber.ts';
export { type ErrorMeasure, squaredError } from './errors/squared-error.ts';
export {
  learnedUncertainty,
  type LearnedUncertaintyOptions,
  type LossUncertainty,
  uncertaintyWeighted,
} from './learned-uncertainty.ts';
export { hybridBound, type HybridBoundOptions } from './learned-variance/hybrid-bound.ts';
export { hybridDenoising, type HybridDenoisingOptions } from './learned-variance/hybrid-denoising.ts';
export { learnedRangeBound, type LearnedRangeBoundOptions } from './learned-variance/learned-range-bound.ts';
