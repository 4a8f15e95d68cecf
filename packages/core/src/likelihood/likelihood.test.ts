import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { gaussianOracle } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { key } from '../random/key.ts';
import { dpmSolverPP } from '../samplers/dpm-solver-pp.ts';
import { exponentialSigmas } from '../grids/exponential-sigmas.ts';
import { bitsPerDimension } from './bits-per-dimension.ts';
import { discretizedGaussian } from './discretized-gaussian.ts';
import { likelihood } from './likelihood.ts';
import { gaussianLogDensity, normalKl } from './normal-kl.ts';
import { exactTrace, gaussianTrace, rademacherTrace } from './trace-estimators.ts';

const oracle = gaussianOracle({ std: 0.5 });
const points = [
  [0.3, -0.2],
  [1.1, 0.4],
];
const sigmas = [0.05, 20];
/** ln density with the prior N(0, sigma^2), which ignores the data's own variance. */
const expected = points.map((row) =>
  row.reduce((sum, x) => {
    const end = oracle.endPoint(x, 0.05, 20);
    const prior = -((end / 20) ** 2 + Math.log(2 * Math.PI * 400)) / 2;
    return sum + prior + Math.log((0.25 + 400) / (0.25 + 0.0025)) / 2;
  }, 0),
);

describe('likelihood()', () => {
  it('is exact on Gaussian data, whatever solves the ODE, and frees all but the latent', async () => {
    const x = tf.tensor2d(points);
    const before = tf.memory().numTensors;
    const grid = exponentialSigmas(200, { sigmaMin: 0.05, sigmaMax: 20 }).slice(0, -1).reverse();
    for (const options of [{ sigmas }, { sampler: dpmSolverPP(), sigmas: grid }]) {
      const { logDensity, latent } = await likelihood(oracle.denoise, x, options);
      logDensity.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-3));
      expect(Math.abs((await latent.data())[0]! / oracle.endPoint(0.3, 0.05, 20) - 1)).toBeLessThan(1e-3);
      latent.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it('takes random probes, exact where the Jacobian is diagonal and signs are drawn, and samples of one number', async () => {
    const x = tf.tensor2d(points);
    const { logDensity, latent } = await likelihood(oracle.denoise, x, { sigmas, probes: rademacherTrace(key(0)) });
    logDensity.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-3));
    const one = tf.tensor2d([[0.3]]);
    const single = await likelihood(oracle.denoise, one, { sigmas });
    expect(single.logDensity).toHaveLength(1);
    tf.dispose([x, one, latent, single.latent]);
  });

  it('takes another prior: with that of the data it is the log density itself', async () => {
    const x = tf.tensor2d(points);
    const logPrior = (z: tf.Tensor2D, sigma: number) =>
      tf.sub(tf.div(tf.sum(tf.square(z), 1), -2 * (0.25 + sigma ** 2)), Math.log(2 * Math.PI * (0.25 + sigma ** 2)));
    const { logDensity, latent } = await likelihood(oracle.denoise, x, { sigmas, logPrior });
    points.forEach(([a, b], i) => {
      const truth = oracle.logDensity(a!, 0.05) + oracle.logDensity(b!, 0.05);
      expect(Math.abs(logDensity[i]! - truth)).toBeLessThan(1e-3);
    });
    tf.dispose([x, latent]);
  });

  it('refuses data without a sample axis, probes that do not fit, falling levels; an abort frees everything', async () => {
    const x = tf.tensor2d(points);
    const before = tf.memory().numTensors;
    await expect(likelihood(oracle.denoise, tf.tensor1d([1]), { sigmas })).rejects.toThrow('likelihood: x must be');
    const probes = () => [tf.ones([2, 3])];
    await expect(likelihood(oracle.denoise, x, { sigmas, probes })).rejects.toThrow(
      'likelihood: probes[0] must be of shape',
    );
    await expect(likelihood(oracle.denoise, x, { sigmas: [2, 1] })).rejects.toThrow('encode: sigmas must be');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(likelihood(oracle.denoise, x, { sigmas, signal })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before + 1);
    x.dispose();
  });
});

describe('probes', () => {
  const matrix = [
    [2, 1],
    [-3, 5],
  ];
  const quadratic = (v: ArrayLike<number>, i: number) =>
    [0, 1].reduce((sum, a) => sum + v[i + a]! * (matrix[a]![0]! * v[i]! + matrix[a]![1]! * v[i + 1]!), 0);

  it('give the trace: exactly, or on average', async () => {
    const exact = exactTrace([1, 2]);
    const values = await Promise.all(exact.map((v) => v.data()));
    expect(values.reduce((sum, v) => sum + quadratic(v, 0), 0)).toBe(7);
    tf.dispose(exact);
    for (const make of [rademacherTrace, gaussianTrace]) {
      const vectors = make(key(1), { count: 4 })([2000, 2]);
      let sum = 0;
      for (const v of vectors) {
        const data = await v.data();
        for (let i = 0; i < 2000; i++) sum += quadratic(data, 2 * i) / 2000;
      }
      tf.dispose(vectors);
      // One estimate has a variance of at most 2 |sym|^2 = 66.
      expect(Math.abs(sum - 7)).toBeLessThan(4 * Math.sqrt(66 / 8000));
    }
  });

  it('belong to their samples', async () => {
    const [all, last] = [rademacherTrace(key(1))([3, 4]), rademacherTrace(key(1), { first: 2 })([1, 4])];
    expect(await last[0]!.data()).toEqual((await all[0]!.data()).slice(8));
    tf.dispose([all, last]);
    expect(() => gaussianTrace(key(0), { count: 0 })).toThrow('gaussianTrace: count must be a positive integer');
  });
});

it('bitsPerDimension() counts bits of a bin', () => {
  // The uniform density on [-1, 1] takes 8 bits a value of 256.
  expect(bitsPerDimension(-10 * Math.LN2, 10, { binWidth: 2 / 256 })).toBeCloseTo(8, 12);
  expect(() => bitsPerDimension(1, 0)).toThrow('bitsPerDimension: dimensions must be');
  expect(() => bitsPerDimension(1, 2, { binWidth: 0 })).toThrow('bitsPerDimension: binWidth must be');
});

describe('normalKl(), gaussianLogDensity() and discretizedGaussian() at the ends of the range', () => {
  it.each([
    [1e-9, 2.500000000833333e-19],
    [-3e-5, 2.249977500168749e-10],
    [0.09, 0.002087141852605179],
    [0.11, 0.003139035229435646],
    [-0.5, 0.05326532985631671],
    [30, 5343237290746.731],
  ])('the divergence of variances of ratio e^%s is %s', (ratio, expected) => {
    expect(normalKl(0.5, ratio, 0.5, 0) / expected).toBeCloseTo(1, 12);
  });

  it.each([0, -800, -2000, 800, -Infinity])('equal normal distributions of ln variance %s diverge by 0', (logVar) => {
    expect(normalKl(0.3, logVar, 0.3, logVar)).toBe(0);
  });

  it('the peak of a density narrower than any double is finite', () => {
    expect(gaussianLogDensity(0.3, 0.3, -800)).toBeCloseTo(800 - Math.log(2 * Math.PI) / 2, 10);
    expect(discretizedGaussian(0, 0, -800)).toBe(0);
    expect(discretizedGaussian(1 / 255, 0, -800)).toBeCloseTo(Math.log(1 / 2), 12);
  });
});
