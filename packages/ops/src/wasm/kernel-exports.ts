type Numbers = (...args: number[]) => void;

/**
 * The functions of packages/ops/assembly. Addresses and strides are bytes, counts are elements; the order of the arguments is told there,
 * beside each function.
 */
export interface KernelExports {
  matmulScratch(m: number, n: number, k: number): number;
  matmul: Numbers;
  addRow: Numbers;
  addTo: Numbers;
  transposeRows: Numbers;
  transposePlanes: Numbers;
  gelu: Numbers;
  geluGrad: Numbers;
  geluTanh: Numbers;
  geluTanhGrad: Numbers;
  silu: Numbers;
  siluGrad: Numbers;
  layerNorm: Numbers;
  layerNormGrad: Numbers;
  attentionScratch(m: number, d: number, e: number): number;
  attention: Numbers;
  attentionGradScratch(n: number, m: number, d: number, e: number): number;
  attentionGrad: Numbers;
  convolutionScratch(channels: number, columns: number): number;
  convolve: Numbers;
  convolveFilter: Numbers;
  depthwise: Numbers;
  depthwiseFilter: Numbers;
  depthwiseInput: Numbers;
  adamW: Numbers;
  ema: Numbers;
  groupNormScratch(channels: number): number;
  groupNorm: Numbers;
  groupNormGrad: Numbers;
  rmsNorm: Numbers;
  rmsNormGrad: Numbers;
  modulate: Numbers;
  modulateGrad: Numbers;
  gatedAdd: Numbers;
  gatedAddGrad: Numbers;
  swiGlu: Numbers;
  swiGluGrad: Numbers;
  exp: Numbers;
  log: Numbers;
  tanh: Numbers;
  erf: Numbers;
  sigmoid: Numbers;
  sqrtAll: Numbers;
  rsqrt: Numbers;
  crossEntropy: Numbers;
  crossEntropyGrad: Numbers;
  copyBlocks: Numbers;
  repeatBlocks: Numbers;
  gatherBlocks(...args: number[]): number;
  normals: Numbers;
  enlargeGrad: Numbers;
  sumAxis: Numbers;
  sumOfSquares: Numbers;
  segmentSum: Numbers;
}
