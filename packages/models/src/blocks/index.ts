export { Attention, type AttentionOptions } from './attention/attention.ts';
export { CrossAttention, type CrossAttentionOptions } from './attention/cross-attention.ts';
export { Pool, type PoolOptions } from './attention/pool.ts';
export { rotaryTables, rotate, type RotaryGrid, type RotaryTables } from './attention/rotary-positions.ts';
export { TransformerBlock, type TransformerBlockOptions } from './attention/transformer-block.ts';
export { Conv2d, type Conv2dOptions } from './convolution/conv2d.ts';
export { FourierEmbedding, type FourierEmbeddingOptions } from './embedding/fourier-embedding.ts';
export { LabelEmbedding, type LabelEmbeddingOptions } from './embedding/label-embedding.ts';
export { PatchEmbedding, type PatchEmbeddingOptions } from './embedding/patch-embedding.ts';
export { TimeEmbedding, type TimeEmbeddingOptions } from './embedding/time-embedding.ts';
export { Resample, type ResampleConv, type ResampleOptions } from './image/resample.ts';
export { ResidualBlock, type ResidualBlockOptions, type UNetActivation } from './image/residual-block.ts';
export { SpatialAttention, type SpatialAttentionOptions } from './image/spatial-attention.ts';
export { UNetBlock, UNetMiddle, type UNetAttention, type UNetBlockOptions } from './image/unet-block.ts';
export type { UNetInitials } from './image/unet-initials.ts';
export { downsample, type DownsampleOptions, upsample, type UpsampleOptions } from './image/up-downsample.ts';
export { MpConv2d, type MpConv2dOptions } from './magnitude-preserving/mp-conv2d.ts';
export { MpFourierEmbedding, type MpFourierEmbeddingOptions } from './magnitude-preserving/mp-fourier-embedding.ts';
export { MpLinear, type MpLinearOptions } from './magnitude-preserving/mp-linear.ts';
export { mpConcat, type MpConcatOptions, mpSum, type MpSumOptions } from './magnitude-preserving/mp-sum.ts';
export {
  effectiveKernel,
  type EffectiveKernelOptions,
  normalizedKernel,
  type NormalizedKernelOptions,
  pixelNorm,
  type PixelNormOptions,
} from './magnitude-preserving/normalized-kernel.ts';
export { dropout } from './mlp/dropout.ts';
export { GatedMlp, type GatedMlpOptions } from './mlp/gated-mlp.ts';
export { Linear, type AdapterOptions, type LinearOptions } from './mlp/linear.ts';
export { Mlp, type MlpOptions } from './mlp/mlp.ts';
export { GroupNorm, type GroupNormOptions, groupsFor, type GroupsForOptions } from './norm/group-norm.ts';
export { LayerNorm, type LayerNormOptions } from './norm/layer-norm.ts';
export { RmsNorm, type RmsNormOptions } from './norm/rms-norm.ts';
