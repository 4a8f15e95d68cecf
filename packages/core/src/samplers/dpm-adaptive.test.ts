import '@tensorflow/tfjs-backend-cpu';
import { gaussianOracle, samplerContract } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { key } from '../random/key.ts';
import { dpmAdaptive, dpmFast, dpmFastSigmas } from './dpm-adaptive.ts';
import { sample } from '../sampling/sample.ts';

samplerContract('dpmAdaptive()', () => dpmAdaptive(), { sigmas: [10, 0.002] });
samplerContract('dpmAdaptive({ order: 2 })', () => dpmAdaptive({ order: 2 }), { sigmas: [10, 0.002] });

const oracle = gaussianOracle();

/** Largest error relative to the end of the ODE, and the calls it took. */
async function solve(sampler: Parameters<typeof sample>[0], sigmas: readonly number[]) {
  const initial = tf.tensor([[-8], [3], [14]]);
  let calls = 0;
  const x = await sample(sampler, oracle.denoise, {
    sigmas,
    initial,
    key: key(0),
    onProgress: ({ evaluations }) => (calls = evaluations),
  });
  const got = await x.data();
  const errors = [-8, 3, 14].map((start, i) =>
    Math.abs(got[i]! / oracle.endPoint(start, sigmas[0]!, sigmas.at(-1)!) - 1),
  );
  tf.dispose([initial, x]);
  return { error: Math.max(...errors), calls };
}

describe('dpmAdaptive()', () => {
  it('comes closer, with more calls, as the tolerance falls', async () => {
    const loose = await solve(dpmAdaptive({ rtol: 0.05 }), [10, 0.01]);
    const tight = await solve(dpmAdaptive({ rtol: 1e-4, atol: 1e-5 }), [10, 0.01]);
    expect(tight.error).toBeLessThan(loose.error / 10);
    expect(tight.error).toBeLessThan(1e-3);
    expect(tight.calls).toBeGreaterThan(loose.calls);
  });

  it('ends exactly at the end of the grid, and refuses one that ends at 0', async () => {
    let last = NaN;
    const options = {
      sigmas: [10, 0.0123],
      shape: [2, 2],
      key: key(0),
      onProgress: ({ sigma }: { sigma: number }) => (last = sigma),
    };
    (await sample(dpmAdaptive(), oracle.denoise, options)).dispose();
    expect(last).toBe(0.0123);
    await expect(sample(dpmAdaptive(), oracle.denoise, { ...options, sigmas: [10, 0] })).rejects.toThrow(
      'ends above 0',
    );
  });

  it('refuses options out of range', () => {
    expect(() => dpmAdaptive({ order: 1 as never })).toThrow('dpmAdaptive: order must be one of 2, 3, got 1');
    expect(() => dpmAdaptive({ rtol: 0 })).toThrow('dpmAdaptive: rtol must be');
    expect(() => dpmAdaptive({ eta: -1 })).toThrow('dpmAdaptive: eta must be');
  });
});

describe('dpmFast()', () => {
  it('calls the denoiser as often as it was told, and comes closer with more calls', async () => {
    const errors: number[] = [];
    for (const evaluations of [5, 9, 10, 20, 40]) {
      const { error, calls } = await solve(
        dpmFast({ evaluations }),
        dpmFastSigmas(evaluations, { sigmaMin: 0.1, sigmaMax: 10 }),
      );
      expect(calls).toBe(evaluations);
      errors.push(error);
    }
    expect(errors.at(-1)!).toBeLessThan(errors[0]! / 20);
  });

  it('refuses a grid for another number of calls', async () => {
    await expect(solve(dpmFast({ evaluations: 9 }), dpmFastSigmas(30))).rejects.toThrow(
      'dpmFast: sigmas must be 5 levels that end above 0',
    );
    expect(() => dpmFast({ evaluations: 0 })).toThrow('dpmFast: evaluations must be');
  });
});
