export { matmul, matmulScratch } from './matmul';
export { transposePlanes, transposeRows } from './transpose';
export { gelu, geluGrad, geluTanh, geluTanhGrad, silu, siluGrad } from './activations';
export { layerNorm, layerNormGrad } from './norm';
export { attention, attentionGrad, attentionGradScratch, attentionScratch } from './attention';
export { convolutionScratch, convolve, convolveFilter } from './convolution';
export { depthwise, depthwiseFilter, depthwiseInput } from './depthwise';
export { segmentSum, sumAxis } from './reductions';
