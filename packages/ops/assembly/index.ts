export { matmul, matmulScratch } from './matmul';
export { transposePlanes, transposeRows } from './transpose';
