import type { UNetOptions } from './unet-config.ts';

const song = {
  width: 128,
  blocks: 4,
  attention: [16],
  lastAttention: true,
  down: 'residual',
  up: 'residual',
  projectShortcut: true,
  skipScale: Math.SQRT1_2,
  epsilon: 1e-6,
  labelsAt: 'frequencies',
  labelDropout: 0,
  initials: 'xavier',
  dropout: 0.13,
} as const satisfies Partial<UNetOptions>;
const ddpmpp = { ...song, filter: [1, 1] } as const;
const ncsnpp = { ...song, filter: [1, 3, 3, 1], embedding: 'fourier', frequencies: 256, encoder: 'residual' } as const;

/**
 * The UNets of the papers, without image, classes and augmentation: `new UNet({ ...unetPresets.ddpm, image: [32, 32, 3] })`.
 *
 * `ddpm` and `ddpmpp` are the 35.7 M and 56.5 M of DDAE for CIFAR-10; `edm-...` those of EDM, for 32x32 and (`-64`) for 64x64 pixels; `ddpm-diffusers` is
 * google/ddpm-cifar10-32 of diffusers, the network of `ddpm` with zeros at the end of its strided convolutions and another epsilon.
 *
 * Dropout is that of the trainings: 0.1 of DDAE's chains (0.13 with EDM), 0.13 of EDM for CIFAR-10, 0.05 for FFHQ (0.25 for AFHQ) and 0.1 of ADM for
 * ImageNet. EDM's networks for CIFAR-10, FFHQ and AFHQ take `augmentation: true`, that of ImageNet does not.
 *
 * @see Xiang et al. 2023, arXiv:2303.09769 (DDAE); Karras et al. 2022, arXiv:2206.00364, tables 6 and 7; github.com/NVlabs/edm, README.md
 */
export const unetPresets = {
  ddpm: {
    ...{ width: 128, multipliers: [1, 2, 2, 2], blocks: 2, attention: [16], groups: 32, finalGroups: 8 },
    ...{ dropout: 0.1 },
  },
  ddpmpp: {
    ...{ width: 128, multipliers: [2, 2, 2], blocks: 4, attention: [16], groups: 32, finalGroups: 8 },
    ...{ down: 'residual', up: 'residual', dropout: 0.1 },
  },
  'ddpm-diffusers': {
    ...{ width: 128, multipliers: [1, 2, 2, 2], blocks: 2, attention: [16], groups: 32, epsilon: 1e-6 },
    ...{ downPadding: 'end' },
  },
  'edm-ddpmpp': { ...ddpmpp, multipliers: [2, 2, 2] },
  'edm-ddpmpp-64': { ...ddpmpp, multipliers: [1, 2, 2, 2], dropout: 0.05 },
  'edm-ncsnpp': { ...ncsnpp, multipliers: [2, 2, 2] },
  'edm-ncsnpp-64': { ...ncsnpp, multipliers: [1, 2, 2, 2], dropout: 0.05 },
  'edm-adm': {
    ...{ width: 192, multipliers: [1, 2, 3, 4], blocks: 3, attention: [32, 16, 8], headChannels: 64 },
    ...{ down: 'residual', up: 'residual', conditioning: 'scaleShift', endpoint: false, sinFirst: false },
    ...{ labelDropout: 0, initials: 'zeroResidual', dropout: 0.1 },
  },
} as const satisfies Readonly<Record<string, Partial<UNetOptions>>>;
