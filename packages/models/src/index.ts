export { Block, type AnyBlock } from './base/block.ts';
export type { BlockOptions, ParameterSpec } from './base/weight-tree.ts';

export { totalMacs } from './base/macs.ts';

export { type Initialiser, constantInit, normalInit, uniformInit, xavierInit } from './base/initialization.ts';

export { Attention, type AttentionOptions } from './blocks/attention/attention.ts';
export { Conv2d, type Conv2dOptions } from './blocks/convolution/conv2d.ts';
export { CrossAttention, type CrossAttentionOptions } from './blocks/attention/cross-attention.ts';
export { dropout } from './blocks/mlp/dropout.ts';
export { FourierEmbedding, type FourierEmbeddingOptions } from './blocks/embedding/fourier-embedding.ts';
export { GroupNorm, type GroupNormOptions, groupsFor, type GroupsForOptions } from './blocks/norm/group-norm.ts';
export { LabelEmbedding, type LabelEmbeddingOptions } from './blocks/embedding/label-embedding.ts';
export { LayerNorm, type LayerNormOptions } from './blocks/norm/layer-norm.ts';
export { Linear, type AdapterOptions, type LinearOptions } from './blocks/mlp/linear.ts';
export { GatedMlp, type GatedMlpOptions } from './blocks/mlp/gated-mlp.ts';
export { Mlp, type MlpOptions } from './blocks/mlp/mlp.ts';
export { PatchEmbedding, type PatchEmbeddingOptions } from './blocks/embedding/patch-embedding.ts';
export { Pool, type PoolOptions } from './blocks/attention/pool.ts';
export { RmsNorm, type RmsNormOptions } from './blocks/norm/rms-norm.ts';
export { rotaryTables, rotate, type RotaryGrid, type RotaryTables } from './blocks/attention/rotary-positions.ts';
export { SwiGlu, type SwiGluOptions } from './blocks/mlp/swi-glu.ts';
export {
  SelfConditioning,
  type SelfConditioningChoices,
  type SelfConditioningOptions,
} from './conditions/self-conditioning.ts';
export { TimeEmbedding, type TimeEmbeddingOptions } from './blocks/embedding/time-embedding.ts';
export { TransformerBlock, type TransformerBlockOptions } from './blocks/attention/transformer-block.ts';

export {
  effectiveKernel,
  type EffectiveKernelOptions,
  normalizedKernel,
  type NormalizedKernelOptions,
  pixelNorm,
  type PixelNormOptions,
} from './blocks/magnitude-preserving/normalized-kernel.ts';
export { mpConcat, type MpConcatOptions, mpSum, type MpSumOptions } from './blocks/magnitude-preserving/mp-sum.ts';
export { MpConv2d, type MpConv2dOptions } from './blocks/magnitude-preserving/mp-conv2d.ts';
export {
  MpFourierEmbedding,
  type MpFourierEmbeddingOptions,
} from './blocks/magnitude-preserving/mp-fourier-embedding.ts';
export { MpLinear, type MpLinearOptions } from './blocks/magnitude-preserving/mp-linear.ts';

export { NetworkBlock } from './base/network-block.ts';
export { guidedForward, type GuidedForwardOptions, type GuidedOutput } from './conditions/guided-forward.ts';
export { summarize, type Summary, type SummaryRow } from './inspect/summarize.ts';
export {
  type ContextInput,
  type ContextShape,
  withContext,
  type ContextNetwork,
  type ContextSource,
} from './conditions/context.ts';
export { readFeatures } from './network/read-features.ts';
export { Resample, type ResampleConv, type ResampleOptions } from './blocks/image/resample.ts';
export { ResidualBlock, type ResidualBlockOptions, type UNetActivation } from './blocks/image/residual-block.ts';
export { UNetBlock, UNetMiddle, type UNetAttention, type UNetBlockOptions } from './blocks/image/unet-block.ts';
export type { UNetInitials } from './blocks/image/unet-initials.ts';
export { UNet } from './networks/unet/unet.ts';
export type {
  UNetLayout,
  UNetOptions,
  UNetResampling,
  UNetSelfConditioning,
  UNetStage,
} from './networks/unet/unet-config.ts';
export { unetPresets } from './networks/unet/unet-presets.ts';
export { Edm2UNet } from './networks/edm2/edm2-unet.ts';
export { edm2Presets, type Edm2Balances, type Edm2UNetOptions } from './networks/edm2/edm2-config.ts';
export { Edm2Block, Edm2Middle, type Edm2BlockOptions } from './networks/edm2/edm2-block.ts';
export { edm2Names } from './networks/edm2/edm2-names.ts';
export { ddaeNames, diffusersUNetNames, edmNames, type EdmNamesOptions } from './networks/unet/unet-names.ts';
export { SpatialAttention, type SpatialAttentionOptions } from './blocks/image/spatial-attention.ts';
export { downsample, type DownsampleOptions, upsample, type UpsampleOptions } from './blocks/image/up-downsample.ts';
export {
  diagonalGaussian,
  type DiagonalGaussian,
  type DiagonalGaussianOptions,
  gaussianKl,
  gaussianNll,
  sampleGaussian,
} from './networks/autoencoder/diagonal-gaussian.ts';
export type { Autoencoder, AutoencoderOptions, AutoencoderShape } from './networks/autoencoder/autoencoder.ts';
export { AutoencoderKL, type AutoencoderKLOptions } from './networks/autoencoder/autoencoder-kl.ts';
export { AutoencoderTiny, type AutoencoderTinyOptions } from './networks/autoencoder/autoencoder-tiny.ts';
export type { AutoencoderActivation } from './networks/autoencoder/kl-coders.ts';
export {
  diffusersAutoencoderKLNames,
  diffusersAutoencoderTinyNames,
  ldmAutoencoderKLNames,
  modernAutoencoderNames,
} from './networks/autoencoder/autoencoder-names.ts';
export { autoencoderKLPresets, autoencoderTinyPresets } from './networks/autoencoder/autoencoder-presets.ts';
export {
  autoencoderLoss,
  type AutoencoderLossOptions,
  type AutoencoderStep,
  type ReconstructionTerm,
} from './networks/autoencoder/autoencoder-loss.ts';
export { tiled, type TiledOptions } from './networks/autoencoder/tiled.ts';
export {
  latentNormalizer,
  type LatentNormalizer,
  type LatentScaling,
} from './networks/autoencoder/latent-normalizer.ts';
export { UViT } from './networks/uvit/uvit.ts';
export type { UViTInitialStd, UViTInput, UViTOptions, UViTSelfConditioning } from './networks/uvit/uvit-config.ts';
export { uvitPresets } from './networks/uvit/uvit-presets.ts';
export { DiT } from './networks/dit/dit.ts';
export type { DiTOptions, DiTProjectors, DiTSelfConditioning } from './networks/dit/dit-config.ts';
export {
  DiTBlock,
  type DiTBlockOptions,
  type DiTStyle,
  type DiTMlp,
  DiTFinalLayer,
  type DiTFinalLayerOptions,
} from './networks/dit/dit-block.ts';
export { modulate } from '@diptych/ops';
export { Projector, type ProjectorOptions } from './networks/dit/projector.ts';
export { ditPresets, lightningDiTPresets, sitPresets } from './networks/dit/dit-presets.ts';
export { DiTCondition, type DiTConditionOptions } from './networks/dit/dit-condition.ts';
export { diffusersDiTNames, ditNames } from './networks/dit/dit-names.ts';

export { registerLayers } from './state/register-layers.ts';
export { uvitNames } from './networks/uvit/uvit-names.ts';

export { stateDict, type HasVariables } from './state/state-dict.ts';
export { loadStateDict, type LoadedStateDict, type LoadStateDictOptions } from './state/load-state-dict.ts';
export {
  fromOfficial,
  namesOf,
  officialConstants,
  toOfficial,
  type NameMap,
  type OfficialWeight,
  nameMapOf,
  type NameMapOptions,
  type Renaming,
} from './state/official.ts';

export { saveNetwork, type SaveNetworkOptions } from './state/network-file/save-network.ts';
export {
  loadAutoencoder,
  loadNetwork,
  type LoadedAutoencoder,
  type LoadedNetwork,
  type LoadNetworkOptions,
  type NetworkSource,
} from './state/network-file/load-network.ts';
export type { NetworkClass } from './state/network-file/network-classes.ts';
export {
  processOf,
  type DdpmRecipe,
  type FlowRecipe,
  type PlainOptions,
  type ProcessMaker,
  type ProcessRecipe,
} from './state/network-file/processes.ts';

export { addLora, mergeLora } from './state/lora.ts';
