export { Block, type AnyBlock } from './block/block.ts';
export type { BlockOptions, ParameterSpec } from './block/block-options.ts';

export { totalMacs } from './block/total-macs.ts';

export type { Initialiser } from './initialisation/initialiser.ts';
export { constantInit } from './initialisation/constant-init.ts';
export { normalInit } from './initialisation/normal-init.ts';
export { uniformInit } from './initialisation/uniform-init.ts';
export { xavierInit } from './initialisation/xavier-init.ts';

export { Attention, type AttentionOptions } from './blocks/attention.ts';
export { Conv2d, type Conv2dOptions } from './blocks/conv2d.ts';
export { CrossAttention, type CrossAttentionOptions } from './blocks/cross-attention.ts';
export { dropout } from './blocks/dropout.ts';
export { FourierEmbedding, type FourierEmbeddingOptions } from './blocks/fourier-embedding.ts';
export { GroupNorm, type GroupNormOptions } from './blocks/group-norm.ts';
export { groupsFor, type GroupsForOptions } from './blocks/groups-for.ts';
export { LabelEmbedding, type LabelEmbeddingOptions } from './blocks/label-embedding.ts';
export { LayerNorm, type LayerNormOptions } from './blocks/layer-norm.ts';
export { Linear, type AdapterOptions, type LinearOptions } from './blocks/linear.ts';
export { GatedMlp, type GatedMlpOptions } from './blocks/gated-mlp.ts';
export { Mlp, type MlpOptions } from './blocks/mlp.ts';
export { PatchEmbedding, type PatchEmbeddingOptions } from './blocks/patch-embedding.ts';
export { Pool, type PoolOptions } from './blocks/pool.ts';
export { RmsNorm, type RmsNormOptions } from './blocks/rms-norm.ts';
export { rotaryTables, rotate, type RotaryGrid, type RotaryTables } from './blocks/rotary-positions.ts';
export { SwiGlu, type SwiGluOptions } from './blocks/swi-glu.ts';
export {
  SelfConditioning,
  type SelfConditioningChoices,
  type SelfConditioningOptions,
} from './blocks/self-conditioning.ts';
export { TimeEmbedding, type TimeEmbeddingOptions } from './blocks/time-embedding.ts';
export { TransformerBlock, type TransformerBlockOptions } from './blocks/transformer-block.ts';

export { effectiveKernel, type EffectiveKernelOptions } from './magnitude-preserving/effective-kernel.ts';
export { mpConcat, type MpConcatOptions } from './magnitude-preserving/mp-concat.ts';
export { MpConv2d, type MpConv2dOptions } from './magnitude-preserving/mp-conv2d.ts';
export { MpFourierEmbedding, type MpFourierEmbeddingOptions } from './magnitude-preserving/mp-fourier-embedding.ts';
export { MpLinear, type MpLinearOptions } from './magnitude-preserving/mp-linear.ts';
export { mpSum, type MpSumOptions } from './magnitude-preserving/mp-sum.ts';
export { normalizedKernel, type NormalizedKernelOptions } from './magnitude-preserving/normalized-kernel.ts';
export { pixelNorm, type PixelNormOptions } from './magnitude-preserving/pixel-norm.ts';

export { NetworkBlock } from './network/network-block.ts';
export { guidedForward, type GuidedForwardOptions, type GuidedOutput } from './network/guided-forward.ts';
export { summarize, type Summary, type SummaryRow } from './network/summarize.ts';
export type { ContextInput, ContextShape } from './network/context-input.ts';
export { withContext, type ContextNetwork, type ContextSource } from './network/with-context.ts';
export { Resample, type ResampleConv, type ResampleOptions } from './unet/resample.ts';
export { ResidualBlock, type ResidualBlockOptions } from './unet/residual-block.ts';
export { UNetBlock, UNetMiddle, type UNetAttention, type UNetBlockOptions } from './unet/unet-block.ts';
export type { UNetActivation } from './unet/unet-activation.ts';
export type { UNetInitials } from './unet/unet-initials.ts';
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
export { SpatialAttention, type SpatialAttentionOptions } from './unet/spatial-attention.ts';
export { downsample, type DownsampleOptions } from './unet/downsample.ts';
export { upsample, type UpsampleOptions } from './unet/upsample.ts';
export {
  diagonalGaussian,
  type DiagonalGaussian,
  type DiagonalGaussianOptions,
} from './autoencoder/diagonal-gaussian.ts';
export { gaussianKl } from './autoencoder/gaussian-kl.ts';
export { gaussianNll } from './autoencoder/gaussian-nll.ts';
export { sampleGaussian } from './autoencoder/sample-gaussian.ts';
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
export { UViT } from './uvit/uvit.ts';
export type { UViTInitialStd, UViTInput, UViTOptions, UViTSelfConditioning } from './uvit/uvit-options.ts';
export { uvitPresets } from './uvit/uvit-presets.ts';
export { DiT } from './dit/dit.ts';
export type { DiTOptions, DiTProjectors, DiTSelfConditioning } from './dit/dit-options.ts';
export { DiTBlock, type DiTBlockOptions, type DiTStyle } from './dit/dit-block.ts';
export type { DiTMlp } from './dit/dit-mlp.ts';
export { DiTFinalLayer, type DiTFinalLayerOptions } from './dit/dit-final-layer.ts';
export { modulate } from '@diptych/ops';
export { Projector, type ProjectorOptions } from './dit/projector.ts';
export { ditPresets, lightningDiTPresets, sitPresets } from './dit/dit-presets.ts';
export { DiTCondition, type DiTConditionOptions } from './dit/dit-condition.ts';
export { diffusersDiTNames, ditNames } from './dit/dit-names.ts';

export { registerLayers } from './register-layers.ts';
export { uvitNames } from './uvit/uvit-names.ts';

export { stateDict, type HasVariables } from './weights/state-dict.ts';
export { loadStateDict, type LoadedStateDict, type LoadStateDictOptions } from './weights/load-state-dict.ts';
export {
  fromOfficial,
  namesOf,
  officialConstants,
  toOfficial,
  type NameMap,
  type OfficialWeight,
} from './weights/official/name-map.ts';
export { nameMapOf, type NameMapOptions, type Renaming } from './weights/official/name-map-of.ts';

export { saveNetwork, type SaveNetworkOptions } from './network-file/save-network.ts';
export {
  loadAutoencoder,
  loadNetwork,
  type LoadedAutoencoder,
  type LoadedNetwork,
  type LoadNetworkOptions,
  type NetworkSource,
} from './network-file/load-network.ts';
export type { NetworkClass } from './network-file/network-classes.ts';
export {
  processOf,
  type DdpmRecipe,
  type FlowRecipe,
  type PlainOptions,
  type ProcessMaker,
  type ProcessRecipe,
} from './network-file/processes.ts';

export { addLora } from './lora/add-lora.ts';
export { mergeLora } from './lora/merge-lora.ts';
