import { type Denoise, karrasSigmas, key, normalTensor, sample, samplePath, type Sampler } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { gaussianOracle } from './gaussian-oracle.ts';

export interface SamplerContractOptions {
  /** Order of convergence on the probability-flow ODE; leave it out for a stochastic sampler. */
  order?: number;
  /** Steps at which the order is measured. Default 32, 64, 128. */
  steps?: readonly number[];
  /** The grid on which the order is measured. Default Karras from 10 to 0.1. */
  grid?: (n: number) => number[];
  /** How far from the end of the ODE, or of the marginal's mean and variance, sampling to 0 may end. Default 0.02. */
  tolerance?: number;
  /** Grid from level 2 on which the distribution at the end is judged. Default Karras with 40 steps to 0; adaptive ones to 0.001. */
  marginal?: readonly number[];
  /** Grid of the contract's other tests. Default Karras with 12 steps, which ends at 0. */
  sigmas?: readonly number[];
}

const std = 0.5;
const oracle = gaussianOracle({ std });
const shape = [3, 2, 2, 1];

/** Error of the sampler on the Gaussian oracle, root mean square relative to the end point. */
async function errorOf(sampler: Sampler, sigmas: readonly number[]): Promise<number> {
  const initial = tf.tensor(
    [1, -2, 0.5, 0.25].map((z) => z * Math.hypot(std, sigmas[0]!)),
    [4, 1],
  );
  const start = await initial.data();
  const result = await sample(sampler, oracle.denoise, { sigmas, initial, key: key(1) });
  const got = await result.data();
  tf.dispose([initial, result]);
  const ends = Array.from(start, (x) => oracle.endPoint(x, sigmas[0]!, sigmas.at(-1)!));
  const squares = ends.reduce((total, end, i) => total + (got[i]! / end - 1) ** 2, 0);
  return Math.sqrt(squares / ends.length);
}

/** Slope of log error over log steps by least squares, with the sign turned: the measured order. */
function slope(steps: readonly number[], errors: readonly number[]): number {
  const [x, y] = [steps.map(Math.log), errors.map(Math.log)];
  const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length;
  const [mx, my] = [mean(x), mean(y)];
  return -mean(x.map((xi, i) => (xi - mx) * (y[i]! - my))) / mean(x.map((xi) => (xi - mx) ** 2));
}

/** The order of convergence of a sampler on the Gaussian oracle. `make` is told the number of steps. */
export async function measuredOrder(
  make: (n: number) => Sampler,
  {
    steps = [32, 64, 128],
    grid = (n) => karrasSigmas(n + 1, { sigmaMin: 0.1, sigmaMax: 10 }).slice(0, -1),
  }: Pick<SamplerContractOptions, 'steps' | 'grid'> = {},
): Promise<{ order: number; errors: number[] }> {
  const errors: number[] = [];
  for (const n of steps) errors.push(await errorOf(make(n), grid(n)));
  return { order: slope(steps, errors), errors };
}

/** Asserts the order of convergence: |slope - order| < 0.2. */
export async function expectOrder(
  make: (n: number) => Sampler,
  order: number,
  options: Pick<SamplerContractOptions, 'steps' | 'grid'> = {},
): Promise<void> {
  const { order: measured, errors } = await measuredOrder(make, options);
  expect(Math.abs(measured - order), `slope ${measured}, errors ${errors.join(', ')}`).toBeLessThan(0.2);
}

/** What every sampler promises, whatever its equations are. `make` returns a new one with the options under test. */
export function samplerContract(
  name: string,
  make: () => Sampler,
  {
    order,
    steps,
    grid,
    tolerance = 0.02,
    marginal,
    sigmas = karrasSigmas(12, { sigmaMax: 10 }),
  }: SamplerContractOptions = {},
): void {
  const options = { sigmas, shape, key: key(3) };
  const adaptive = make().accept !== undefined;
  const values = async (denoise: Denoise, more: Partial<Parameters<typeof sample>[2]> = {}) => {
    const result = await sample(make(), denoise, { ...options, ...more });
    const data = (await result.data()) as Float32Array;
    result.dispose();
    return data;
  };

  describe(`${name}: sampler contract`, () => {
    it(
      adaptive ? 'reaches the end of the grid' : 'makes N steps for N requested, each to the next level of the grid',
      async () => {
        const reached: number[] = [];
        for await (const { sigma } of samplePath(make(), oracle.denoise, options)) reached.push(sigma);
        if (adaptive) expect(reached.at(-1)).toBe(sigmas.at(-1));
        else expect(reached).toEqual(sigmas.slice(1));
      },
    );

    it('keeps the shape, and leaves no tensor behind but the result', async () => {
      const before = tf.memory().numTensors;
      const result = await sample(make(), oracle.denoise, options);
      expect(result.shape).toEqual(shape);
      expect(tf.memory().numTensors).toBe(before + 1);
      result.dispose();
    });

    it('frees everything when it is aborted mid-way, and rejects with the reason', async () => {
      const before = tf.memory().numTensors;
      const controller = new AbortController();
      const reason = new Error('enough');
      const onProgress = ({ steps }: { steps: number }) => steps === 2 && controller.abort(reason);
      const aborted = sample(make(), oracle.denoise, { ...options, signal: controller.signal, onProgress });
      await expect(aborted).rejects.toBe(reason);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('frees everything when the denoiser throws or the loop is left early', async () => {
      const before = tf.memory().numTensors;
      let calls = 0;
      const failing: Denoise = (x, sigma) => {
        if (++calls === 3) throw new Error('no third call');
        return oracle.denoise(x, sigma);
      };
      await expect(values(failing)).rejects.toThrow('no third call');
      for await (const { steps } of samplePath(make(), oracle.denoise, options)) if (steps === 2) break;
      expect(tf.memory().numTensors).toBe(before);
    });

    it('gives the same samples for the same key, and others for another', async () => {
      const [one, again, other] = [
        await values(oracle.denoise),
        await values(oracle.denoise),
        await values(oracle.denoise, { key: key(4) }),
      ];
      expect(again).toEqual(one);
      expect(other).not.toEqual(one);
    });

    it('makes sample i the same image at any batch size', async () => {
      const [all, last] = [
        await values(oracle.denoise),
        await values(oracle.denoise, { shape: [1, 2, 2, 1], first: 2 }),
      ];
      const same = adaptive ? tolerance : 1e-6;
      last.forEach((value, i) => expect(Math.abs(value - all[8 + i]!)).toBeLessThan(same));
    });

    if (order !== undefined) {
      it(`converges with order ${order} on the Gaussian oracle`, () => expectOrder(make, order, { steps, grid }));
    }

    it('ends, at the end of the grid, in the data distribution', async () => {
      // A sampler without an order of convergence is judged by its marginal: that takes more samples.
      const n = order === undefined && !adaptive ? 2 ** 15 : 2 ** 12;
      const start = 2;
      const initial = tf.tidy(() => tf.mul(normalTensor(key(7), [n, 1]), Math.hypot(std, start)));
      const levels = marginal ?? (adaptive ? [start, 0.001] : karrasSigmas(40, { sigmaMax: start }));
      const result = await values(oracle.denoise, { shape: [n, 1], sigmas: levels, initial });
      initial.dispose();
      const mean = result.reduce((a, b) => a + b, 0) / n;
      const deviation = Math.sqrt(result.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
      // Four standard errors of the mean and of the standard deviation of n numbers, beside what the steps cost.
      expect(Math.abs(mean)).toBeLessThan((4 * std) / Math.sqrt(n));
      expect(Math.abs(deviation / std - 1), `${deviation}`).toBeLessThan(4 / Math.sqrt(2 * n) + tolerance);
    });
  });
}
