import type { AutoencoderKLOptions, DiTOptions, ProcessRecipe } from '@diptych/models';

/** Latents of one size, whatever the images: the autoencoder has as many levels as it takes to get there. */
export function recipe([height, , channels]: readonly [number, number, number]) {
  const small = height <= 8;
  const latentChannels = 4;
  const autoencoder: AutoencoderKLOptions = small
    ? { channels, latentChannels, widths: [16, 32], blocks: 1, groups: 8, midAttention: false }
    : { channels, latentChannels, widths: [16, 32, 64], blocks: 1, groups: 8, midAttention: false };
  const size = small ? height / 2 : height / 4;
  const dit: DiTOptions = {
    ...{ image: [size, size, latentChannels], patch: small ? 1 : 2, width: 64, depth: 4, heads: 4 },
  };
  return { autoencoder, dit };
}

/** Normalised latents deviate by 1. */
export const diffusion: ProcessRecipe = ['edm', { sigmaData: 1, pMean: -0.4, pStd: 1.2 }];

export const training = { batchSize: 32, clip: 1, ema: 0.99, klWeight: 1e-4 };

/** Sampling: Heun from nearly pure noise; the latents deviate by 1. */
export const grid = { steps: 14, sigmaMin: 0.02, sigmaMax: 40 };

/** The blocks that are probed, at these noise levels. */
export const probe = { taps: ['block.1', 'block.2', 'block.3'], sigmas: [0.1, 0.3] };
