import { edm, karrasSigmas } from '@diptych/core';
import type { UViTOptions } from '@diptych/models';

/** What the quickstart trains, and how: found by search for digits that can be read after about a minute on two cores. */

/** The digits in [-1, 1] deviate by 0.75; what a digit looks like is decided at noise levels around exp(-0.4). */
export const process = edm({ sigmaData: 0.75, pMean: -0.4, pStd: 1 });

/** 16 patches, a label and a time token, three blocks of width 64. */
export const network: UViTOptions = {
  image: [8, 8, 1],
  patch: 2,
  width: 64,
  depth: 2,
  heads: 4,
  classes: 10,
  timeMlp: true,
  finalConv: false,
  initialStd: { linear: 0.1, positions: 0.5, labels: 0.5 },
};

export const selfConditioning = { after: 'mid' };

export const training = {
  steps: 1500,
  batchSize: 32,
  learningRate: 5e-3,
  warmup: 100,
  weightDecay: 0,
  ema: 0.99,
  clip: 1,
};

/** Weight of the contrastive term of `--distill`, and how many steps it takes to get there. */
export const distillation = { weight: 0.1, warmup: 150 };

/** Sampling: Heun, 18 steps. */
export const sigmas = karrasSigmas(18, { sigmaMin: 0.02, sigmaMax: 20 });

/** The linear probe: the output of every block at these noise levels; how far it is fitted (see `linearProbe`). */
export const probe = {
  taps: ['in.0', 'mid', 'out.0'],
  sigmas: [0.05, 0.1, 0.2, 0.4, 0.8],
  fit: { l2: [1e-1, 1e-2, 1e-3], tolerance: 1e-4 },
};
