/** Denoisers made of denoisers: clipped, thresholded, fed their last estimate. */

export { clipDenoised } from './clip-denoised.ts';
export { dynamicThreshold, type DynamicThresholdOptions, thresholdEstimate } from './dynamic-threshold.ts';
export {
  type PreviousEstimateDenoise,
  previousEstimateDenoiser,
  previousEstimateInput,
  type PreviousEstimateInputOptions,
} from './previous-estimate.ts';
export { zeroVelocity } from './zero-velocity.ts';
