import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { effectiveKernel, normalizedKernel, pixelNorm } from './normalized-kernel.ts';
import { mpConcat, mpSum } from './mp-sum.ts';
import { MpConv2d } from './mp-conv2d.ts';
import { MpFourierEmbedding } from './mp-fourier-embedding.ts';
import { MpLinear } from './mp-linear.ts';

const meanSquare = (x: tf.Tensor, axes?: number[]) => tf.mean(tf.square(x), axes);
const ones = (count: number) => new Array<number>(count).fill(1);

onEachBackend('magnitude-preserving pieces', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const pieces: readonly [string, (...x: tf.Tensor[]) => tf.Tensor, number[][]][] = [
    ['pixelNorm()', (x) => pixelNorm(x), [[2, 3, 5]]],
    ['normalizedKernel()', (w) => normalizedKernel(w), [[3, 3, 2, 4]]],
    ['effectiveKernel()', (w, gain) => effectiveKernel(w, { gain: gain as tf.Scalar }), [[5, 4], []]],
    ['mpSum()', (a, b) => mpSum(a, b, { share: 0.3 }), [[2, 3], [2, 3]]], // prettier-ignore
    ['mpConcat()', (a, b) => mpConcat(a, b, { share: 0.3 }), [[2, 3], [2, 5]]], // prettier-ignore
  ];

  it.each(pieces)(
    '%s: its gradient is that of finite differences, and no tensor is left behind',
    async (_, f, shapes) => {
      const inputs = shapes.map((shape, i) => tensorOf(shape, 70 + i, { scale: 2 }));
      expect((await gradCheck(f, inputs)).error).toBeLessThan(2e-3);
      expect(leakOf(() => f(...inputs))).toBe(0);
    },
  );

  it('pixelNorm(): gives each place unit mean square, with epsilon outside the root', () => {
    expect(relativeError(meanSquare(pixelNorm(tensorOf([2, 3, 6], 1)), [2]), ones(6))).toBeLessThan(2e-3);
    const root = Math.sqrt(12.5);
    const expected = [3 / (root + 0.5), 4 / (root + 0.5)];
    expect(relativeError(pixelNorm(tf.tensor2d([[3, 4]]), { epsilon: 0.5 }), expected)).toBeLessThan(1e-6);
  });

  it('pixelNorm(): keeps a place of zeros, where its gradient is finite', () => {
    const slope = tf.grad((x: tf.Tensor) => tf.sum(pixelNorm(x, { epsilon: 0.5 })))(tf.zeros([1, 3]));
    expect(relativeError(slope, [2, 2, 2])).toBeLessThan(1e-6);
  });

  describe.each([[[6, 4]], [[3, 3, 2, 4]]])('kernels of shape %j', (shape) => {
    const kernel = () => tensorOf(shape, 2, { scale: 7 });

    it('normalizedKernel(): gives the weights of each output unit mean square, whatever their size', () => {
      const axes = shape.slice(0, -1).map((_, axis) => axis);
      expect(relativeError(meanSquare(normalizedKernel(kernel()), axes), ones(4))).toBeLessThan(1e-3);
      const twice = normalizedKernel(tf.mul(kernel(), 2));
      expect(relativeError(twice, normalizedKernel(kernel()))).toBeLessThan(1e-3);
    });

    it('effectiveKernel(): gives the weights of each output the length of the gain', () => {
      const axes = shape.slice(0, -1).map((_, axis) => axis);
      const lengths = tf.sum(tf.square(effectiveKernel(kernel(), { gain: 1.5 })), axes);
      expect(relativeError(lengths, [2.25, 2.25, 2.25, 2.25])).toBeLessThan(1e-3);
    });

    it('effectiveKernel(): has a gradient orthogonal to the weights', () => {
      const w = kernel();
      const cotangent = tensorOf(shape, 3);
      const slope = tf.grad((w: tf.Tensor) => tf.sum(tf.mul(effectiveKernel(w), cotangent)))(w);
      const along = tf.sum(tf.mul(slope, w)).dataSync()[0];
      const lengths = tf.mul(tf.norm(slope), tf.norm(w)).dataSync()[0];
      expect(Math.abs(along) / lengths).toBeLessThan(1e-3);
    });
  });

  it('mpSum() and mpConcat(): keep the mean square of independent inputs of mean square 1', () => {
    const [a, b] = [[1, 1, -1, -1], [1, -1, 1, -1]].map((row) => tf.tensor2d([row])); // prettier-ignore
    for (const share of [0, 0.3, 0.5, 1]) {
      expect(meanSquare(mpSum(a, b, { share })).dataSync()[0]).toBeCloseTo(1, 5);
      const wide = tf.concat([b, b], 1);
      const merged = mpConcat(a, wide, { share });
      expect(merged.shape).toEqual([1, 12]);
      expect(meanSquare(merged).dataSync()[0]).toBeCloseTo(1, 5);
      const [first, second] = tf.split(merged, [4, 8], 1).map((x) => Math.sqrt(tf.sum(tf.square(x)).dataSync()[0]));
      expect(first * share).toBeCloseTo(second * (1 - share), 4); // they contribute as 1 - t to t
    }
  });

  it('MpFourierEmbedding: is cosines of fixed random frequencies and phases, of mean square 1', () => {
    const block = new MpFourierEmbedding({ width: 2000, bandwidth: 3 });
    const { frequencies, phases } = block.variables();
    expect(block.trainableVariables()).toEqual({});
    expect(Math.sqrt(meanSquare(frequencies).dataSync()[0]) / (2 * Math.PI)).toBeCloseTo(3, 0);
    const y = block.forward(tf.tensor1d([0.25]));
    expect(meanSquare(y).dataSync()[0]).toBeCloseTo(1, 1);
    const [f, p] = [frequencies.dataSync()[7], phases.dataSync()[7]];
    expect(y.dataSync()[7]).toBeCloseTo(Math.SQRT2 * Math.cos(0.25 * f + p), 4);
  });

  const layers: readonly [string, () => MpLinear | MpConv2d, number[]][] = [
    ['MpLinear', () => new MpLinear({ inputs: 32, outputs: 64 }), [64, 32]],
    ['MpConv2d', () => new MpConv2d({ inputs: 8, outputs: 64 }), [4, 12, 12, 8]],
  ];

  it.each(layers)(
    '%s: keeps the mean square, and its weights may be normalised without any effect',
    (_, make, shape) => {
      const layer = make();
      const kernel = layer.variables().kernel;
      kernel.assign(tf.mul(kernel as tf.Tensor, 5));
      const run = (x: tf.Tensor) => (layer.forward as (x: tf.Tensor) => tf.Tensor).call(layer, x);
      // Away from the border, where zeros stand in for neighbours.
      const inside = (y: tf.Tensor) => (y.rank === 4 ? tf.slice(y, [0, 1, 1, 0], [4, 10, 10, 64]) : y);
      const y = run(tf.randomNormal(shape, 0, 1, 'float32', 3));
      expect(meanSquare(inside(y)).dataSync()[0]).toBeCloseTo(1, 1);
      const x = tensorOf(shape, 4);
      const before = run(x);
      expect(leakOf(() => (layer.normalizeKernel(), [] as tf.Tensor[]))).toBe(0);
      expect(relativeError(meanSquare(kernel as tf.Tensor), [1])).toBeLessThan(1e-3);
      expect(relativeError(run(x), before)).toBeLessThan(2e-4); // epsilon is 1e-4
      expect(layer.macs(shape)).toEqual({ '': (y.size / 64) * kernel.size });
      expect(() => run(tf.zeros([1, 2, 2, 5]))).toThrow(/x must be/);
      layer.dispose();
    },
  );

  it('each refuses what does not fit', () => {
    expect(() => new MpLinear({ inputs: 0, outputs: 2 })).toThrow(/inputs must be a positive integer/);
    expect(() => new MpConv2d({ inputs: 1, outputs: 2, size: 2 })).toThrow(/size must be an odd positive integer/);
    expect(() => pixelNorm(tf.scalar(1))).toThrow(/x must be of shape/);
    expect(() => pixelNorm(tf.zeros([1, 2]), { epsilon: 0 })).toThrow(/epsilon must be a finite number > 0/);
    expect(() => normalizedKernel(tf.zeros([2]))).toThrow(/kernel must be of shape/);
    expect(() => effectiveKernel(tf.zeros([2, 2]), { epsilon: NaN })).toThrow(/epsilon must be a finite number > 0/);
    expect(() => mpSum(tf.zeros([2, 2]), tf.zeros([2]))).toThrow(/b must be of shape \[2, 2\]/);
    expect(() => mpSum(tf.zeros([2]), tf.zeros([2]), { share: 1.1 })).toThrow(/share must be a number in \[0, 1\]/);
    expect(() => mpConcat(tf.zeros([2, 2]), tf.zeros([3, 2]))).toThrow(/b must be of shape \[2, N\]/);
    expect(() => mpConcat(tf.zeros([2]), tf.zeros([2]), { share: NaN })).toThrow(/share must be a number in \[0, 1\]/);
    expect(() => new MpFourierEmbedding({ width: 0 })).toThrow(/width must be a positive integer/);
    expect(() => new MpFourierEmbedding({ width: 2, bandwidth: 0 })).toThrow(/bandwidth must be/);
    expect(() => new MpFourierEmbedding({ width: 2 }).forward(tf.zeros([2, 2]) as never)).toThrow(/noise must be/);
  });
});
