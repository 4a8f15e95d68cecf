export { Block, type AnyBlock } from './base/block.ts';
export type { Initializer } from './base/initialization.ts';
export { totalMacs } from './base/macs.ts';
export { NetworkBlock } from './base/network-block.ts';
export type { BlockOptions, ParameterSpec } from './base/weight-tree.ts';

export { Attention, type AttentionOptions } from './blocks/attention/attention.ts';
export { Conv2d, type Conv2dOptions } from './blocks/convolution/conv2d.ts';
export { LabelEmbedding, type LabelEmbeddingOptions } from './blocks/embedding/label-embedding.ts';
export { PatchEmbedding, type PatchEmbeddingOptions } from './blocks/embedding/patch-embedding.ts';
export { TimeEmbedding, type TimeEmbeddingOptions } from './blocks/embedding/time-embedding.ts';
export { Linear, type LinearOptions } from './blocks/mlp/linear.ts';
export { Mlp, type MlpOptions } from './blocks/mlp/mlp.ts';
export { GroupNorm, type GroupNormOptions } from './blocks/norm/group-norm.ts';
export { LayerNorm, type LayerNormOptions } from './blocks/norm/layer-norm.ts';

export { withContext, type ContextInput, type ContextShape } from './conditions/context.ts';
export { guidedForward } from './conditions/guided-forward.ts';
export {
  SelfConditioning,
  type SelfConditioningChoices,
  type SelfConditioningOptions,
} from './conditions/self-conditioning.ts';

export type { Autoencoder, AutoencoderOptions, AutoencoderShape } from './networks/autoencoder/autoencoder.ts';
export { AutoencoderKL, type AutoencoderKLOptions } from './networks/autoencoder/autoencoder-kl.ts';
export { autoencoderLoss, type AutoencoderLossOptions } from './networks/autoencoder/autoencoder-loss.ts';
export { autoencoderKLPresets, autoencoderTinyPresets } from './networks/autoencoder/autoencoder-presets.ts';
export { AutoencoderTiny, type AutoencoderTinyOptions } from './networks/autoencoder/autoencoder-tiny.ts';
export { latentNormalizer, type LatentNormalizer } from './networks/autoencoder/latent-normalizer.ts';
export { DiT } from './networks/dit/dit.ts';
export type { DiTOptions } from './networks/dit/dit-config.ts';
export { ditPresets, lightningDiTPresets, sitPresets } from './networks/dit/dit-presets.ts';
export { edm2Presets, type Edm2UNetOptions } from './networks/edm2/edm2-config.ts';
export { Edm2UNet } from './networks/edm2/edm2-unet.ts';
export type { UNetOptions } from './networks/unet/unet-config.ts';
export { unetPresets } from './networks/unet/unet-presets.ts';
export { UNet } from './networks/unet/unet.ts';
export type { UViTOptions } from './networks/uvit/uvit-config.ts';
export { uvitPresets } from './networks/uvit/uvit-presets.ts';
export { UViT } from './networks/uvit/uvit.ts';

export { summarize, type Summary, type SummaryRow } from './inspect/summarize.ts';

export { loadStateDict, type LoadedStateDict, type LoadStateDictOptions } from './state/load-state-dict.ts';
export { addLora, mergeLora } from './state/lora.ts';
export {
  loadAutoencoder,
  loadNetwork,
  type LoadedAutoencoder,
  type LoadedNetwork,
  type LoadNetworkOptions,
  type NetworkSource,
} from './state/network-file/load-network.ts';
export { processOf, type ProcessRecipe } from './state/network-file/processes.ts';
export { saveNetwork, type SaveNetworkOptions } from './state/network-file/save-network.ts';
export { fromOfficial, toOfficial, type NameMap } from './state/official.ts';
export { registerLayers } from './state/register-layers.ts';
export { stateDict } from './state/state-dict.ts';
