export { linear, type LinearFuncOptions } from './linear/linear.ts';
export { conv2d, type Conv2dFuncOptions } from './convolution/conv2d.ts';
export type { Padding, SizePair } from './convolution/window.ts';
export { attention, type AttentionFuncOptions } from './attention/attention.ts';
export { scaledDotProductAttention } from './attention/scaled-dot-product-attention.ts';
export { layerNorm, type LayerNormFuncOptions } from './norm/layer-norm.ts';
export { groupNorm, type GroupNormFuncOptions } from './norm/group-norm.ts';
export { rmsNorm, type RmsNormFuncOptions } from './norm/rms-norm.ts';
export { modulate } from './modulation/modulate.ts';
export { gatedAdd } from './modulation/gated-add.ts';
export { gelu } from './activations/gelu.ts';
export { geluTanh } from './activations/gelu-tanh.ts';
export { mpSilu } from './activations/mp-silu.ts';
export { quickGelu } from './activations/quick-gelu.ts';
export { silu } from './activations/silu.ts';
export { swiGlu } from './activations/swi-glu.ts';
export { sinusoidalEmbedding, type SinusoidalEmbeddingOptions } from './embeddings/sinusoidal-embedding.ts';
export { sinCosPositions2d, type SinCosPositions2dOptions } from './embeddings/sin-cos-positions-2d.ts';
export { embeddingLookup } from './embeddings/embedding-lookup.ts';
export { crossEntropy } from './cross-entropy/cross-entropy.ts';
export { patchify } from './patches/patchify.ts';
export { unpatchify } from './patches/unpatchify.ts';
export { meanPool } from './patches/mean-pool.ts';

export { stopGradient } from './gradients/stop-gradient.ts';
export { withoutGradient } from './gradients/without-gradient.ts';
export { withValues } from './gradients/with-values.ts';

export { pickBackend, type PickBackendOptions } from './backend/pick-backend.ts';
export { fused, fusedAll, hasFused, type FusedGradient, type FusedOp } from './fused/dispatch.ts';

export { boxKernel, cubicKernel, lanczos3Kernel, triangleKernel } from './resize/kernels.ts';
export { pillowResize, type AxisWeights, tf1Resize, torchResize, type ResizeAxis } from './resize/resize-axis.ts';
export { resizeImage } from './resize/resize-image.ts';
export type { ResizeKernel } from './resize/resize-kernel.ts';
export { resizeLevels } from './resize/resize-levels.ts';
