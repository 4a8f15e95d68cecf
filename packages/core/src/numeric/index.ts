export type { Matrix } from './matrix.ts';
export { largestEntry } from './largest-entry.ts';
export { multiplyTransposed } from './multiply-transposed.ts';
export { pivotedCholesky, type PivotedCholesky } from './pivoted-cholesky.ts';
export { powerOfTwoNear } from './power-of-two-near.ts';
export { singularValues } from './singular-values.ts';
export { solvePositiveDefinite } from './solve-positive-definite.ts';
export { solveRidge } from './solve-ridge.ts';
export { transposed } from './transposed.ts';
