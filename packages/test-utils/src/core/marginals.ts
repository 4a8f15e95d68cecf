import { foldIn, karrasSigmas, key, normalArray, sample, type Sampler } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { gaussianOracle } from './gaussian-oracle.ts';

const std = 0.5;
const oracle = gaussianOracle({ std });

/** Variance of the data distribution at a noise level. */
const exact = (sigma: number) => std ** 2 + sigma ** 2;

/**
 * The variance that a stochastic sampler ends with on the Gaussian oracle, without chance: there every step is linear, so the end is a sum of
 * the initial state and all draws, each times a factor. Row 0 of one run finds the factor of the initial state, row k + 1 that of draw k.
 */
export async function marginalVariance(make: () => Sampler, sigmas: readonly number[]): Promise<number> {
  let draws = 0;
  const run = async (rows: number, row: (draw: number) => number) => {
    draws = 0;
    const column = (row: number, value: number) =>
      tf.tensor(
        Array.from({ length: rows }, (_, i) => (i === row ? value : 0)),
        [rows, 1],
      );
    const initial = column(0, Math.sqrt(exact(sigmas[0]!)));
    const noise = () => column(row(draws++), 1);
    const end = await sample(make(), oracle.denoise, { sigmas, initial, noise });
    const values = Array.from(await end.data());
    tf.dispose([initial, end]);
    return values;
  };
  await run(1, () => 0);
  const factors = await run(draws + 1, (draw) => draw + 1);
  return factors.reduce((sum, factor) => sum + factor ** 2, 0);
}

export interface WeakOrderOptions {
  /** Steps at which the error of the variance is measured. Default 32, 64, 128. */
  steps?: readonly number[];
  /** Grid for n steps. Default Karras from 10 to 0.1. */
  grid?: (n: number) => number[];
}

/** Asserts that the error of the variance falls at least with the given order: slope > order - 0.2. `make` is told the number of steps. */
export async function expectWeakOrder(
  make: (n: number) => Sampler,
  order: number,
  {
    steps = [32, 64, 128],
    grid = (n) => karrasSigmas(n + 1, { sigmaMin: 0.1, sigmaMax: 10 }).slice(0, -1),
  }: WeakOrderOptions = {},
): Promise<void> {
  const errors: number[] = [];
  for (const n of steps) {
    const sigmas = grid(n);
    errors.push(Math.abs((await marginalVariance(() => make(n), sigmas)) / exact(sigmas.at(-1)!) - 1));
  }
  const slope = Math.log(errors[0]! / errors.at(-1)!) / Math.log(steps.at(-1)! / steps[0]!);
  expect(slope, `slope ${slope}, errors ${errors.join(', ')}`).toBeGreaterThan(order - 0.2);
}

const count = 2 ** 16;
const shape = [16, count / 16];
/** Draws of noise, made once for all samplers: each judges the same numbers. */
const bank: Float32Array[] = [];
const noise = (draw: number) => {
  bank[draw] ??= normalArray(foldIn(key(12), draw), count);
  return tf.tensor(bank[draw], shape);
};

/** Asserts mean and variance of 2^16 samples at the end of the grid, within 4 standard errors of the data distribution's. */
export async function expectMarginal(make: () => Sampler, sigmas: readonly number[]): Promise<void> {
  let draw = 1;
  const initial = tf.tidy(() => tf.mul(noise(0), Math.sqrt(exact(sigmas[0]!))));
  const end = await sample(make(), oracle.denoise, { sigmas, initial, noise: () => noise(draw++) });
  const values = (await end.data()) as Float32Array;
  tf.dispose([initial, end]);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const truth = exact(sigmas.at(-1)!);
  expect(Math.abs(mean), `mean ${mean}`).toBeLessThan(4 * Math.sqrt(truth / count));
  expect(Math.abs(variance / truth - 1), `variance ${variance}, not ${truth}`).toBeLessThan(4 * Math.sqrt(2 / count));
}
