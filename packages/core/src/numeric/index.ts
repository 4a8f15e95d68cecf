/** Linear algebra, quadrature and distribution functions in double precision. No engine. */

export { betaQuantile } from './beta-quantile.ts';
export { lagrangeIntegrals } from './lagrange.ts';
export { largestEntry } from './largest-entry.ts';
export type { Matrix } from './matrix.ts';
export { multiplyTransposed } from './multiply-transposed.ts';
export { normalCdf, normalQuantile } from './normal-distribution.ts';
export { pivotedCholesky, type PivotedCholesky } from './pivoted-cholesky.ts';
export { powerOfTwoNear } from './power-of-two-near.ts';
export { quantile } from './quantile.ts';
export { singularValues } from './singular-values.ts';
export { solvePositiveDefinite } from './solve-positive-definite.ts';
export { solveRidge } from './solve-ridge.ts';
export { solve } from './solve.ts';
export { transposed } from './transposed.ts';
