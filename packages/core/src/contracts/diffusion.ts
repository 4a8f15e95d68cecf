/** D(x; sigma) = cSkip x + cOut F(cIn x; cNoise), EDM eq. 7. */
export interface Preconditioning {
  cSkip: number;
  cOut: number;
  cIn: number;
  cNoise: number;
}

/**
 * A diffusion process as one value: what the network predicts, which noise levels training sees, how it weighs them.
 * All host-side doubles, in VE coordinates: x = x0 + sigma n.
 */
export interface Diffusion {
  /** For messages and checkpoints. */
  readonly name: string;
  /** Standard deviation of the data that preconditioning and weighting assume. */
  readonly sigmaData: number;
  /** Preconditioning at noise level sigma > 0. */
  precondition(sigma: number): Preconditioning;
  /** Quantile function of the training density of sigma: u uniform in (0, 1) gives sigma. */
  sigmaQuantile(u: number): number;
  /** Weight lambda(sigma) of |D - x0|^2 in the training loss. */
  weight(sigma: number): number;
}
