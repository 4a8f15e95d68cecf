/** Kernel of two rows given their dot product and their length. */
export interface PolynomialKernel {
  /** Default 3. */
  degree?: number;
  /** Factor of the dot product. Default 1 / dims. */
  gamma?: number;
  /** Constant added before the power. Default 1. */
  coef0?: number;
}

/** The three usual estimates of the squared maximum mean discrepancy. */
export interface MmdEstimates {
  /** Without the diagonals within each set: unbiased, may be below 0. */
  unbiased: number;
  /** With the diagonals: never below 0. */
  biased: number;
  /** Also without the diagonal across the sets; only for sets of one size. */
  uStatistic?: number;
}
