import { edm, karrasSigmas } from '@diptych/core';
import type { UViTOptions } from '@diptych/models';
import { adamW, rationalWarmupDecay, warmupCosine } from '@diptych/trainer';

/** What the quickstart trains, and how: found by search for digits that can be read after about a minute on two cores. */

/** The digits in [-1, 1] deviate by 0.75; what a digit looks like is decided at noise levels around exp(-0.4). */
export const diffusion = edm({ sigmaData: 0.75, pMean: -0.4, pStd: 1 });

/** 89 k parameters: 16 patches, a label and a time token, three blocks of width 48. */
export const network: UViTOptions = {
  image: [8, 8, 1],
  patch: 2,
  width: 48,
  depth: 2,
  heads: 4,
  mlpRatio: 2,
  classes: 10,
  timeMlp: true,
  finalConv: false,
  // A training of a minute cannot wait for positions to grow from the official 0.02.
  initialStd: { linear: 0.14, positions: 0.5, labels: 0.5 },
};

export const selfConditioning = { after: 'mid' };

export const training = { steps: 2000, batchSize: 32, clip: 1, ema: rationalWarmupDecay({ decay: 0.99 }) };

export const optimizer = adamW({ beta1: 0.8, beta2: 0.95, weightDecay: 0 });

export const learningRate = (steps: number) =>
  warmupCosine({ rate: 5e-3, warmup: Math.min(100, Math.ceil(steps / 10)), steps });

/** Weight of the contrastive term of `--distill`, and how many steps it takes to get there. */
export const distillation = { weight: 0.1, warmup: 150 };

/** Sampling: Heun, 14 steps, and classifier-free guidance D = D_none + w (D_label - D_none), slightly beyond the label. */
export const sigmas = karrasSigmas(14, { sigmaMin: 0.05, sigmaMax: 20 });
export const guidanceWeight = 1.25;

/**
 * The linear probe: the output of every block at these noise levels, read out as the means over the four quarters of the
 * image; how far it is fitted (see `linearProbe`).
 */
export const probe = {
  taps: ['in.0', 'mid', 'out.0'],
  sigmas: [0.03, 0.06, 0.12, 0.25, 0.5],
  fit: { l2: [1e-1, 1e-2, 1e-3], tolerance: 1e-4 },
};
