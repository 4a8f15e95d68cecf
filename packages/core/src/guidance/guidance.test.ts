import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { gaussianOracle } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { apg } from './apg.ts';
import { classifierGuided } from './classifier-guided.ts';
import { clipDenoised } from '../denoisers/clip-denoised.ts';
import { dynamicThreshold } from '../denoisers/dynamic-threshold.ts';
import { cfg, guided, guidedWithin, type GuidanceRule, intervalOfSteps } from './guided.ts';
import { cfgRescale, cfgZeroStar, magnitudeAwareCfg, tangentialCfg } from './guidance-rules.ts';

const x = () =>
  tf.tensor([
    [1, -2],
    [0.5, 3],
  ]);
const better = (of: tf.Tensor) => tf.mul(of, 0.5);
const worse = (of: tf.Tensor) => tf.sub(tf.mul(of, 0.25), 1);
const read = (of: tf.Tensor) => Array.from(of.dataSync());

describe('guidance', () => {
  const rules: [string, () => GuidanceRule][] = [
    ['cfg', () => cfg(1)],
    ['cfgRescale', () => cfgRescale(1)],
    ['cfgZeroStar', () => cfgZeroStar(1)],
    ['tangentialCfg', () => tangentialCfg(1)],
    ['magnitudeAwareCfg', () => magnitudeAwareCfg(1)],
    ['apg', () => apg({ scale: 1 })],
  ];
  it.each(rules)('%s with scale 1 is the better estimate, and leaves no tensor', (_, rule) => {
    const at = x();
    const before = tf.memory().numTensors;
    const [got, expected] = [guided(better, worse, rule())(at, 2), better(at)];
    read(got).forEach((value, i) => expect(value).toBeCloseTo(read(expected)[i]!, 5));
    tf.dispose([got, expected]);
    expect(tf.memory().numTensors).toBe(before);
    at.dispose();
  });

  it('guidedWithin() calls one denoiser inside the interval, and the other outside', () => {
    const calls: string[] = [];
    const named = (name: string) => (of: tf.Tensor) => (calls.push(name), of);
    const denoise = guidedWithin(named('in'), named('out'), { sigmaMin: 1, sigmaMax: 2 });
    tf.tidy(() => [0.9, 1, 2, 2.1].forEach((sigma) => denoise(x(), sigma)));
    expect(calls).toEqual(['out', 'in', 'in', 'out']);
  });

  it('apg() with momentum frees what it remembers', () => {
    const before = tf.memory().numTensors;
    const rule = apg({ momentum: -0.5 });
    tf.tidy(() => [3, 2, 1].forEach((sigma) => guided(better, worse, rule)(x(), sigma)));
    expect(tf.memory().numTensors).toBe(before + 1);
    rule.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('classifierGuided() by a Gaussian likelihood gives the posterior of the Gaussian oracle', () => {
    // Prior N(0, 1), and y = x + noise of variance 1 + sigma^2 seen as ln p = -(x - y)^2/2v: D' = D + sigma^2 (y - x)/v.
    const oracle = gaussianOracle({ std: 1 });
    const [y, v, sigma] = [2, 5, 2];
    const denoise = classifierGuided(oracle.denoise, (of) =>
      tf.mul(tf.sum(tf.square(tf.sub(of, y)), -1), -1 / (2 * v)),
    );
    const got = tf.tidy(() => read(denoise(x(), sigma)));
    [1, -2, 0.5, 3].forEach((xi, i) =>
      expect(got[i]).toBeCloseTo(xi / (1 + sigma ** 2) + (sigma ** 2 * (y - xi)) / v, 5),
    );
  });

  it('clipDenoised() and dynamicThreshold() keep estimates in range', () => {
    const at = x();
    const [clipped, thresholded] = [clipDenoised(better, 0.6)(at, 1), dynamicThreshold(better, { quantile: 1 })(at, 1)];
    expect(read(clipped)).toEqual([0.5, -0.6, 0.25, 0.6].map((value) => Math.fround(value)));
    // The largest of each sample is 1 and 1.5: the second sample is scaled.
    [0.5, -1, 0.25 / 1.5, 1].forEach((value, i) => expect(read(thresholded)[i]).toBeCloseTo(value, 6));
    tf.dispose([at, clipped, thresholded]);
  });

  it.each([
    ['cfg(NaN)', () => cfg(NaN), 'cfg: scale must be a finite number, got NaN'],
    ['cfgRescale(2, 1.5)', () => cfgRescale(2, 1.5), 'cfgRescale: phi must be a number in [0, 1], got 1.5'],
    [
      'magnitudeAwareCfg(2, -1)',
      () => magnitudeAwareCfg(2, -1),
      'magnitudeAwareCfg: alpha must be a finite number >= 0, got -1',
    ],
    [
      'an interval turned round',
      () => guidedWithin(better, worse, { sigmaMin: 2, sigmaMax: 1 }),
      'guidedWithin: sigmaMin must be',
    ],
    ['no step', () => intervalOfSteps([3, 2, 1], 0.1, 0.2), 'intervalOfSteps: start, stop must be'],
    ['a norm below 0', () => apg({ normThreshold: -1 }), 'apg: normThreshold must be'],
    ['a limit of 0', () => clipDenoised(better, 0), 'clipDenoised: limit must be > 0, got 0'],
  ])('refuses %s', (_, make, message) => expect(make).toThrow(message));
});

describe('guidance of a batch in which one sample is flat, zero or equal', () => {
  // Sample 0 is an ordinary one, whose result must not change.
  const ordinary = { better: [1, -2, 0.5, 3], worse: [0.5, -1, 2, 1] };
  const all: [string, () => GuidanceRule][] = [
    ['cfgRescale', () => cfgRescale(3, 0.7)],
    ['cfgZeroStar', () => cfgZeroStar(3)],
    ['tangentialCfg', () => tangentialCfg(3)],
    ['magnitudeAwareCfg', () => magnitudeAwareCfg(3)],
    ['magnitudeAwareCfg without damping', () => magnitudeAwareCfg(3, 0)],
    ['apg', () => apg({ scale: 3 })],
    ['apg with a threshold', () => apg({ scale: 3, normThreshold: 1, eta: 0.5 })],
  ];
  const flat = (value: number) => [value, value, value, value];
  const run = (rule: GuidanceRule, better: number[][], worse: number[][]) =>
    tf.tidy(() => Array.from(rule(tf.tensor(better), tf.tensor(worse), 1).dataSync()));

  describe.each(all)('%s', (_, make) => {
    it.each([
      ['zeros', flat(0), flat(0), flat(0)],
      ['two equal flat estimates', flat(0.3), flat(0.3), flat(0.3)],
      ['two equal estimates', [1, 2, -3, 0.1], [1, 2, -3, 0.1], [1, 2, -3, 0.1]],
      ['two equal estimates at pure noise', flat(1e8), flat(1e8), flat(1e8)],
      [
        'two equal estimates at the end of float32',
        [1e30, -2e30, 1e29, 0],
        [1e30, -2e30, 1e29, 0],
        [1e30, -2e30, 1e29, 0],
      ],
      [
        'two equal estimates of almost nothing',
        [1e-30, -2e-30, 1e-29, 0],
        [1e-30, -2e-30, 1e-29, 0],
        [1e-30, -2e-30, 1e-29, 0],
      ],
    ])('of %s is the estimate, and of its neighbours in the batch what it was', (_, better, worse, expected) => {
      const got = run(make(), [ordinary.better, better], [ordinary.worse, worse]);
      const largest = Math.max(...expected.map(Math.abs));
      expected.forEach((value, i) => expect(Math.abs(got[4 + i]! - value)).toBeLessThanOrEqual(2e-6 * largest));
      expect(got.slice(0, 4)).toEqual(run(make(), [ordinary.better], [ordinary.worse]));
    });

    it('has finite gradients there', () => {
      const samples = [flat(0), flat(0.3), [1, 2, 3, 4], flat(1e8)];
      const summed = (...[a, b]: tf.Tensor[]) => tf.sum(make()(a!, b!, 1));
      const found = tf.tidy(() =>
        tf
          .grads(summed)([tf.tensor(samples), tf.tensor(samples)])
          .map((g) => read(g)),
      );
      expect(found.flat().every(Number.isFinite)).toBe(true);
    });
  });

  describe.each(all.slice(0, -1))('%s', (_, make) => {
    it.each([1e-25, 1e25])('is the same at scale %s', (scale) => {
      const scaled = (values: number[]) => [values.map((value) => value * scale)];
      const near = run(make(), [ordinary.better], [ordinary.worse]);
      const far = run(make(), scaled(ordinary.better), scaled(ordinary.worse));
      far.forEach((value, i) => expect(value / scale).toBeCloseTo(near[i]!, 5));
    });
  });

  it.each([
    // better 0.3, worse 0.1, both flat: classifier-free guidance makes 0.7, whose spread of 0 there is nothing to bring to.
    ['cfgRescale of two flat ones', () => cfgRescale(3, 0.7), flat(0.3), flat(0.1), flat(0.7)],
    // The unguided estimate is zero: infinitely far, so no guidance; and no direction to project on.
    ['magnitudeAwareCfg from zero', () => magnitudeAwareCfg(3), [1, 2, 3, 4], flat(0), [1, 2, 3, 4]],
    ['cfgZeroStar from zero', () => cfgZeroStar(3), [1, 2, 3, 4], flat(0), [3, 6, 9, 12]],
    ['tangentialCfg from zero', () => tangentialCfg(3), [1, 2, 3, 4], flat(0), [3, 6, 9, 12]],
    ['tangentialCfg to zero', () => tangentialCfg(3), flat(0), [1, 2, 3, 4], [-2, -4, -6, -8]],
    ['tangentialCfg at a right angle', () => tangentialCfg(3), [1, 0, 0, 0], [0, 1, 0, 0], [3, 0, 0, 0]],
    ['apg to zero', () => apg({ scale: 3 }), flat(0), [1, 2, 3, 4], [-2, -4, -6, -8]],
  ])('%s', (_, make, better, worse, expected) => {
    run(make(), [better], [worse]).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
});
