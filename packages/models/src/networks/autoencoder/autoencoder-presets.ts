import type { AutoencoderKLOptions } from './autoencoder-kl.ts';
import type { AutoencoderTinyOptions } from './autoencoder-tiny.ts';

/**
 * The sizes of published KL autoencoders by downsampling f and latent channels d: `f8-d4` is Stable Diffusion's, `f8-d16` has the latents
 * of Stable Diffusion 3 and FLUX, without the 1x1 convolutions, `f16-d32` is VA-VAE of LightningDiT.
 *
 * A normalizer belongs to the weights: `latentNormalizer({ scale: 0.18215, channels: 4 })` for Stable Diffusion 1 and 2.
 *
 * @see Rombach et al. 2022, arXiv:2112.10752; Yao et al. 2025, arXiv:2501.01423
 */
export const autoencoderKLPresets = {
  'f8-d4': { widths: [128, 256, 512, 512] },
  'f8-d16': { widths: [128, 256, 512, 512], latentChannels: 16, quantConv: false, postQuantConv: false },
  'f16-d32': { widths: [128, 128, 256, 256, 512], latentChannels: 32, attention: [4] },
} as const satisfies Readonly<Record<string, AutoencoderKLOptions>>;

/**
 * The sizes of the tiny autoencoder: `f8-d4` for Stable Diffusion's latents, `f8-d16` for those of Stable Diffusion 3 and FLUX.
 *
 * @see github.com/madebyollin/taesd
 */
export const autoencoderTinyPresets = {
  'f8-d4': {},
  'f8-d16': { latentChannels: 16 },
} as const satisfies Readonly<Record<string, AutoencoderTinyOptions>>;
