import '@tensorflow/tfjs-backend-cpu';
import { gaussianOracle } from '@diptych/test-utils/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { key } from '../random/key.ts';
import { normalPerSample } from '../random/tensors.ts';
import { karrasSigmas } from '../grids/karras-sigmas.ts';
import { ddpm } from '../samplers/ddpm.ts';
import { dpmAdaptive } from '../samplers/dpm-adaptive.ts';
import { heun } from '../samplers/heun.ts';
import { imageToImage } from './image-to-image.ts';
import { inpaint, repaintLevels } from './inpaint.ts';
import { lerp } from './lerp.ts';
import { dpmSolverPP } from '../samplers/dpm-solver-pp.ts';
import { slerp } from './slerp.ts';

const oracle = gaussianOracle({ std: 0.5 });
const numbers = async (x: tf.Tensor) => Array.from(await x.data());

describe('imageToImage()', () => {
  it('adds the noise of the level where the rest of the grid begins', async () => {
    const image = tf.tensor([[1, 2]]);
    const { sigmas, initial } = imageToImage(image, [8, 4, 2, 1, 0], key(3), { strength: 0.5 });
    expect(sigmas).toEqual([2, 1, 0]);
    const noise = normalPerSample(key(3), [1, 2]);
    const [n, x] = [await numbers(noise), await numbers(initial)];
    [1, 2].forEach((value, i) => expect(x[i]).toBeCloseTo(value + 2 * n[i]!, 6));
    tf.dispose([image, initial, noise]);
  });

  it('makes one step at least and all at most, and refuses a strength outside (0, 1] and what is no grid', () => {
    const image = tf.zeros([1, 2]);
    const count = (strength: number) => imageToImage(image, [4, 2, 1, 0], key(0), { strength }).sigmas.length - 1;
    expect([0.01, 0.5, 1].map(count)).toEqual([1, 2, 3]);
    for (const strength of [0, 1.1, NaN])
      expect(() => count(strength)).toThrow('imageToImage: strength must be a number in (0, 1]');
    expect(() => imageToImage(image, [1, 2], key(0))).toThrow('imageToImage: sigmas must be strictly decreasing');
  });
});

describe('inpaint()', () => {
  it('walks the grid as RePaint does: every stretch so often', () => {
    expect(repaintLevels([4, 3, 2, 1, 0], 2, 1)).toEqual([4, 3, 2, 1, 0]);
    // Levels 3, 1 of the grid by index are where it may go back two.
    expect(repaintLevels([4, 3, 2, 1, 0], 2, 3)).toEqual([4, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 0]);
    const sigmas = Array.from({ length: 12 }, (_, i) => 11 - i);
    const levels = repaintLevels(sigmas, 5, 2);
    // Two stretches of five, each walked once more: eleven steps and twice five up and five down.
    expect(levels).toHaveLength(12 + 20);
    expect(levels.at(-1)).toBe(0);
    levels.slice(1).forEach((level, i) => expect(Math.abs(level - levels[i]!)).toBe(1));
  });

  it('keeps what is known, and fills the rest from its distribution', async () => {
    const n = 4096;
    const image = tf.fill([n, 2], 7);
    const mask = tf.tensor([[1, 0]]);
    const before = tf.memory().numTensors;
    const sigmas = karrasSigmas(20, { sigmaMin: 0.02, sigmaMax: 10 });
    const x = await inpaint(heun(), oracle.denoise, { image, mask, sigmas, resample: 3, jump: 4, key: key(1) });
    expect(tf.memory().numTensors).toBe(before + 1);
    const values = await numbers(x);
    const [known, made] = [values.filter((_, i) => i % 2 === 0), values.filter((_, i) => i % 2)];
    expect(new Set(known)).toEqual(new Set([7]));
    const deviation = Math.sqrt(made.reduce((sum, value) => sum + value ** 2, 0) / n);
    expect(Math.abs(deviation / 0.5 - 1)).toBeLessThan(0.02 + 4 / Math.sqrt(2 * n));
    tf.dispose([image, mask, x]);
  });

  it('makes known and new parts agree by walking stretches again', async () => {
    // Two numbers that are always equal: with one known the other must follow.
    const twins = (x: tf.Tensor, sigma: number) =>
      tf.mul(tf.mean(x, 1, true), tf.fill(x.shape, 0.5 / (0.5 + sigma ** 2 / 2)));
    const image = tf.fill([500, 2], 0.8);
    const mask = tf.tensor([1, 0]);
    const sigmas = karrasSigmas(20, { sigmaMin: 0.02, sigmaMax: 10 });
    const errors: number[] = [];
    for (const resample of [1, 10]) {
      const x = await inpaint(ddpm(), twins, { image, mask, sigmas, resample, jump: 4, key: key(2) });
      const values = await numbers(x);
      errors.push(values.filter((_, i) => i % 2).reduce((sum, value) => sum + Math.abs(value - 0.8), 0) / 500);
      x.dispose();
    }
    expect(errors[1]!).toBeLessThan(0.7 * errors[0]!);
    tf.dispose([image, mask]);
  });

  it('takes samplers with a memory, aborts without a leak, and refuses what does not fit', async () => {
    const image = tf.zeros([2, 3]);
    const mask = tf.ones([3]);
    const before = tf.memory().numTensors;
    const options = { image, mask, sigmas: [4, 2, 1, 0], key: key(0) };
    (await inpaint(dpmSolverPP(), oracle.denoise, options)).dispose();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(inpaint(ddpm(), oracle.denoise, { ...options, signal })).rejects.toThrow('enough');
    const wrong = (more: object, sampler = ddpm()) => inpaint(sampler, oracle.denoise, { ...options, ...more });
    await expect(wrong({ mask: image.shape && tf.tidy(() => tf.keep(tf.ones([2]))) })).rejects.toThrow(
      'inpaint: mask must be',
    );
    await expect(wrong({ resample: 0 })).rejects.toThrow('inpaint: resample must be');
    await expect(wrong({ jump: 1.5 })).rejects.toThrow('inpaint: jump must be');
    await expect(wrong({ sigmas: [] })).rejects.toThrow('inpaint: sigmas must be');
    await expect(wrong({ key: undefined })).rejects.toThrow('inpaint: key must be given');
    await expect(wrong({}, dpmAdaptive() as never)).rejects.toThrow('inpaint: sampler must be');
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});

describe('lerp() and slerp()', () => {
  it('meet the ends, and half-way the mean or the point on the sphere', async () => {
    const [a, b] = [tf.tensor([[2, 0], [1, 1]]), tf.tensor([[0, 2], [1, 1]])]; // prettier-ignore
    const near = async (x: tf.Tensor, expected: number[]) =>
      (await numbers(x)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    await near(lerp(a, b, 0.5), [1, 1, 1, 1]);
    await near(slerp(a, b, 0.5), [Math.SQRT2, Math.SQRT2, 1, 1]);
    await near(slerp(a, b, 0), [2, 0, 1, 1]);
    await near(slerp(a, b, 1), [0, 2, 1, 1]);
    await near(slerp(a, b, 1 / 3), [2 * Math.cos(Math.PI / 6), 2 * Math.sin(Math.PI / 6), 1, 1]);
    expect(() => slerp(a, tf.zeros([2]), 0.5)).toThrow('slerp: to must be of shape [2, 2]');
    expect(() => lerp(a, b, NaN)).toThrow('lerp: share must be a finite number');
  });
});
