export { AutoencoderKL, type AutoencoderKLOptions } from './autoencoder/autoencoder-kl.ts';
export {
  autoencoderLoss,
  type AutoencoderLossOptions,
  type AutoencoderStep,
  type ReconstructionTerm,
} from './autoencoder/autoencoder-loss.ts';
export {
  diffusersAutoencoderKLNames,
  diffusersAutoencoderTinyNames,
  ldmAutoencoderKLNames,
  modernAutoencoderNames,
} from './autoencoder/autoencoder-names.ts';
export { autoencoderKLPresets, autoencoderTinyPresets } from './autoencoder/autoencoder-presets.ts';
export { AutoencoderTiny, type AutoencoderTinyOptions } from './autoencoder/autoencoder-tiny.ts';
export type { Autoencoder, AutoencoderOptions, AutoencoderShape } from './autoencoder/autoencoder.ts';
export {
  diagonalGaussian,
  type DiagonalGaussian,
  type DiagonalGaussianOptions,
  gaussianKl,
  gaussianNll,
  sampleGaussian,
} from './autoencoder/diagonal-gaussian.ts';
export type { AutoencoderActivation } from './autoencoder/kl-coders.ts';
export { latentNormalizer, type LatentNormalizer, type LatentScaling } from './autoencoder/latent-normalizer.ts';
export { tiled, type TiledOptions } from './autoencoder/tiled.ts';
export {
  DiTBlock,
  type DiTBlockOptions,
  type DiTStyle,
  type DiTMlp,
  DiTFinalLayer,
  type DiTFinalLayerOptions,
  DiTCondition,
  type DiTConditionOptions,
  Projector,
  type ProjectorOptions,
} from './dit/dit-block.ts';
export type { DiTOptions, DiTProjectors, DiTSelfConditioning } from './dit/dit-config.ts';
export { diffusersDiTNames, ditNames } from './dit/dit-names.ts';
export { ditPresets, lightningDiTPresets, sitPresets } from './dit/dit-presets.ts';
export { DiT } from './dit/dit.ts';
export { Edm2Block, Edm2Middle, type Edm2BlockOptions } from './edm2/edm2-block.ts';
export { edm2Presets, type Edm2Balances, type Edm2UNetOptions } from './edm2/edm2-config.ts';
export { edm2Names } from './edm2/edm2-names.ts';
export { Edm2UNet } from './edm2/edm2-unet.ts';
export type { UNetLayout, UNetOptions, UNetResampling, UNetSelfConditioning, UNetStage } from './unet/unet-config.ts';
export { ddaeNames, diffusersUNetNames, edmNames, type EdmNamesOptions } from './unet/unet-names.ts';
export { unetPresets } from './unet/unet-presets.ts';
export { UNet } from './unet/unet.ts';
export type { UViTInitialStd, UViTInput, UViTOptions, UViTSelfConditioning } from './uvit/uvit-config.ts';
export { uvitNames } from './uvit/uvit-names.ts';
export { uvitPresets } from './uvit/uvit-presets.ts';
export { UViT } from './uvit/uvit.ts';
