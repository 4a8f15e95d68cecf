import { cosineBetas, linearBetas, scaledLinearBetas } from '@diptych/core';
import {
  alphaBarBetas,
  constantBetas,
  jsdBetas,
  laplaceAlphaBar,
  sigmoidBetas,
  warmupBetas,
  zeroTerminalSnr,
} from '@diptych/core/schedules';
import { unknown } from './close.ts';

/** Betas by the names that the references give their schedules. */
export function betasOf(config: Record<string, unknown>): number[] {
  const name = (config.beta_schedule ?? config.schedule ?? 'linear') as string;
  if (config.trained_betas) return config.trained_betas as number[];
  const T = (config.num_train_timesteps ?? config.T ?? 1000) as number;
  const [start, end] = [(config.beta_start ?? 1e-4) as number, (config.beta_end ?? 0.02) as number];
  // DiT's "linear" and "cosine" scale with the number of steps: the ends are those of a chain of 1000.
  const scale = config.schedule && config.beta_start === undefined ? 1000 / T : 1;
  const range = { start: start * scale, end: end * scale };
  const tables: Record<string, () => number[]> = {
    linear: () => linearBetas(T, range),
    scaled_linear: () => scaledLinearBetas(T, range),
    quad: () => scaledLinearBetas(T, range),
    sigmoid: () => sigmoidBetas(T, range),
    squaredcos_cap_v2: () => cosineBetas(T),
    exp: () => alphaBarBetas(T, (t) => Math.exp(-12 * t)),
    // The reference takes a square root that the paper does not have.
    laplace: () => alphaBarBetas(T, (t) => Math.sqrt(laplaceAlphaBar(t))),
    warmup10: () => warmupBetas(T, { ...range, share: 0.1 }),
    warmup50: () => warmupBetas(T, { ...range, share: 0.5 }),
    const: () => constantBetas(T, end),
    jsd: () => jsdBetas(T),
  };
  const betas = tables[name]?.();
  if (!betas) return unknown({ schedule: name });
  return config.rescale_betas_zero_snr ? zeroTerminalSnr(betas) : betas;
}
