export {
  leftBytes,
  matmul,
  matmulScratch,
  packA,
  packB,
  panelProduct,
  panelProductScratch,
  rightBytes,
  thinColumn,
  thinRows,
  thinness,
} from './matmul';
export { transposePlanes, transposeRows } from './transpose';
export { activatedProduct } from './activated-product';
export { activated, gelu, geluGrad, geluTanh, geluTanhGrad, silu, siluGrad } from './activations';
export { layerNorm, layerNormGrad } from './norm';
export { attention, attentionGrad, attentionGradScratch, attentionScratch } from './attention';
export {
  convolve,
  convolveFilter,
  convolveFilterScratch,
  convolveScratch,
  packKernel,
  packSlopes,
  slopeBlock,
} from './convolution';
export { depthwise, depthwiseFilter, depthwiseInput } from './depthwise';
export { segmentSum, sumAxis, sumDoubles, sumOfSquares } from './reductions';
export { add, multiply, squaredDifference, subtract } from './arithmetic';
export { addRow, addTo } from './sums';
export { adamW } from './adam-w';
export { ema } from './ema';
export { groupNorm, groupNormGrad, groupNormScratch } from './group-norm';
export { rmsNorm, rmsNormGrad } from './rms-norm';
export { gatedAdd, gatedAddGrad, modulate, modulateGrad } from './modulation';
export { swiGlu, swiGluGrad } from './swi-glu';
export { erf, exp, log, rsqrt, sigmoid, sqrtAll, tanh } from './elementary';
export { copyBlocks, firstOutside, gatherBlocks, repeatBlocks } from './movement';
export { crossEntropy, crossEntropyGrad } from './cross-entropy';
export { normals } from './random';
export { enlargeGrad } from './resize';
