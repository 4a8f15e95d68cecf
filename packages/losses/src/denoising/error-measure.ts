import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';

/** How large the error D - x0 of each sample is: [B, H, W, C] to [B]. */
export type ErrorMeasure = (difference: Tensor4D) => Tensor1D;
