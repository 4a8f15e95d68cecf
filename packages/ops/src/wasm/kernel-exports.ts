/** The kernels of packages/ops/assembly that only compute; what is told there beside each of them is the order of its arguments. */
export const kernelNames = [
  'activated',
  'activatedProduct',
  'adamW',
  'add',
  'addRow',
  'addTo',
  'attention',
  'attentionGrad',
  'convolve',
  'convolveFilter',
  'copyBlocks',
  'crossEntropy',
  'crossEntropyGrad',
  'depthwise',
  'depthwiseFilter',
  'depthwiseInput',
  'ema',
  'enlargeGrad',
  'erf',
  'exp',
  'gatedAdd',
  'gatedAddGrad',
  'gatherBlocks',
  'gelu',
  'geluGrad',
  'geluTanh',
  'geluTanhGrad',
  'groupNorm',
  'groupNormGrad',
  'layerNorm',
  'layerNormGrad',
  'log',
  'matmul',
  'modulate',
  'modulateGrad',
  'multiply',
  'normals',
  'packA',
  'packB',
  'packKernel',
  'packSlopes',
  'panelProduct',
  'repeatBlocks',
  'rmsNorm',
  'rmsNormGrad',
  'rsqrt',
  'segmentSum',
  'sigmoid',
  'silu',
  'siluGrad',
  'sqrtAll',
  'squaredDifference',
  'subtract',
  'sumAxis',
  'sumDoubles',
  'sumOfSquares',
  'swiGlu',
  'swiGluGrad',
  'tanh',
  'thinColumn',
  'thinRows',
  'transposePlanes',
  'transposeRows',
] as const;

export type KernelName = (typeof kernelNames)[number];

/** One call of a kernel: its name and its arguments. Addresses and strides are bytes, counts are elements. */
export type Call = readonly [name: KernelName, ...args: number[]];

/** The functions of a build: its kernels, and what tells them how much scratch space they need. */
export type KernelExports = Record<KernelName, (...args: number[]) => void> & {
  attentionScratch(m: number, d: number, e: number): number;
  attentionGradScratch(n: number, m: number, d: number, e: number): number;
  convolveScratch(channels: number, depth: number, n: number, scattered: number): number;
  convolveFilterScratch(channels: number): number;
  /** The place of the first of n numbers that is not below `rows`, or -1. */
  firstOutside(n: number, rows: number, numbers: number): number;
  groupNormScratch(channels: number): number;
  /** Whether a product is too thin for panels: 1 for few rows, 2 for one column. */
  thinness(m: number, n: number, aColumn: number, bRow: number, bColumn: number, cRow: number, start: number): number;
  leftBytes(m: number, k: number): number;
  matmulScratch(m: number, n: number, k: number): number;
  panelProductScratch(m: number, k: number): number;
  rightBytes(n: number, k: number): number;
  slopeBlock(): number;
};
