import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The denoised estimate D(x; sigma) = E[x0 | x] at scalar noise level sigma, where x = x0 + sigma n: all that a sampler
 * sees of a network. What the network predicts, labels, guidance and weights are closed over before sampling starts.
 *
 * **Shapes** x and result [B, ...]. **Memory** called inside a tidy; must not dispose x.
 */
export type Denoise = (x: Tensor, sigma: number) => Tensor;
