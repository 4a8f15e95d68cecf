import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { totalMacs } from '../../base/macs.ts';
import { downsample, upsample } from './up-downsample.ts';
import { Resample } from './resample.ts';
import { SpatialAttention } from './spatial-attention.ts';

const filters = [
  [1, 1],
  [1, 3, 3, 1],
  [1, 2, 4, 1],
  [1, 0, 2, 5, 3, 1],
];
const images = (height = 6, width = 5) => tensorOf<tf.Rank.R4>([2, height, width, 3], 3);

/** The formula of `downsample` (or, turned, of `upsample`) place by place. */
function byHand(x: tf.Tensor4D, filter: readonly number[], up: boolean, padding = (filter.length - 2) / 2): number[] {
  const values = x.arraySync();
  const sum = filter.reduce((total, tap) => total + tap, 0);
  const [, height, width] = x.shape;
  const size = (n: number) =>
    up ? 2 * (n - 1) + filter.length - 2 * padding : Math.floor((n + 2 * padding - filter.length) / 2) + 1;
  const tap = (input: number, output: number) => {
    const t = up ? output + padding - 2 * input : input - 2 * output + padding;
    return ((filter[t] ?? 0) / sum) * (up ? 2 : 1);
  };
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  return values.flatMap((image) =>
    range(size(height)).flatMap((i) =>
      range(size(width)).flatMap((j) =>
        range(x.shape[3]).map((c) =>
          image.reduce(
            (total, row, u) => total + row.reduce((part, pixel, v) => part + tap(u, i) * tap(v, j) * pixel[c], 0),
            0,
          ),
        ),
      ),
    ),
  );
}

onEachBackend('resampling', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.engine().disposeVariables();
  });

  describe.each(filters.map((filter) => [filter]))('with the filter %j', (filter) => {
    it('downsample and upsample are their formulas, at any padding and of even and uneven images', () => {
      for (const padding of [undefined, 0, 1, 3]) {
        expect(
          relativeError(downsample(images(8, 7), { filter, padding }), byHand(images(8, 7), filter, false, padding)),
        ).toBeLessThan(1e-6);
        expect(
          relativeError(upsample(images(), { filter, padding }), byHand(images(), filter, true, padding)),
        ).toBeLessThan(1e-6);
      }
    });

    it('upsample is the transposed of downsample, times four', () => {
      const [small, large] = [tensorOf<tf.Rank.R4>([1, 4, 6, 2], 7), tensorOf<tf.Rank.R4>([1, 8, 12, 2], 8)];
      const up = tf.sum(tf.mul(upsample(small, { filter }), large)).dataSync()[0];
      const down = tf.sum(tf.mul(small, downsample(large, { filter }))).dataSync()[0];
      expect(up).toBeCloseTo(4 * down, 4);
    });

    it('gradients are those of finite differences, and no tensor stays', async () => {
      for (const run of [downsample, upsample]) {
        const { error } = await gradCheck((x) => run(x as tf.Tensor4D, { filter }), [images(4, 4)]);
        expect(error).toBeLessThan(1e-3);
        const x = images();
        expect(leakOf(() => run(x, { filter }))).toBe(0);
      }
    });
  });

  it('upsample repeats pixels and downsample takes their mean when no filter is given', () => {
    const x = tf.tensor4d([1, 2, 3, 6], [1, 2, 2, 1]);
    expect([...upsample(x).dataSync()]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 6, 6, 3, 3, 6, 6]);
    expect([...downsample(x).dataSync()]).toEqual([3]);
  });

  it('Resample fused: upwards it differs at the edge only, downwards it filters the convolved image', () => {
    const filter = [1, 3, 3, 1];
    const make = (direction: 'up' | 'down', fused: boolean) =>
      new Resample({ direction, filter, conv: { inputs: 3, outputs: 2, fused }, seed: 4 });
    const [apart, fused] = [false, true].map((as) => make('up', as).forward(images(8, 8)));
    const middle = (y: tf.Tensor) => tf.slice(y, [0, 3, 3, 0], [2, 10, 10, 2]);
    expect(relativeError(fused, apart)).toBeGreaterThan(1e-2);
    expect(relativeError(middle(fused), middle(apart))).toBeLessThan(1e-5);
    const down = make('down', true);
    const { 'conv.kernel': kernel, 'conv.bias': bias } = down.variables() as Record<string, tf.Tensor4D>;
    const convolved = tf.add(tf.conv2d(images(8, 8), kernel, 1, 2), bias);
    const expected = downsample(convolved as tf.Tensor4D, { filter, padding: 0 });
    expect(relativeError(down.forward(images(8, 8)), expected)).toBeLessThan(1e-5);
  });

  it('Resample by a stride rounds uneven sizes up with zeros on both sides, down with zeros at the end', () => {
    for (const [padding, size] of [
      ['both', 3],
      ['end', 2],
    ] as const) {
      const block = new Resample({ direction: 'down', filter: 'none', conv: { inputs: 3, outputs: 4, padding } });
      expect(block.forward(images(5, 5)).shape).toEqual([2, size, size, 4]);
      expect(block.computeOutputShape([null, 5, null, 3])).toEqual([null, size, null, 4]);
    }
  });

  it('SpatialAttention adds attention of the normalised pixels and scales the sum', () => {
    const block = new SpatialAttention({ width: 4, heads: 2, groups: 2, scale: 0.5 });
    const x = tensorOf<tf.Rank.R4>([2, 2, 3, 4], 5);
    const part = (name: string) => block.namedBlocks().get(name)!;
    const tokens = tf.reshape(part('norm').forward(x) as tf.Tensor, [2, 6, 4]);
    const mixed = tf.reshape(part('attn').forward(tokens) as tf.Tensor, x.shape);
    expect(relativeError(block.forward(x), tf.mul(tf.add(x, mixed), 0.5))).toBeLessThan(1e-6);
    expect(totalMacs(block, [2, 2, 3, 4])).toBe(2 * 6 * 4 * (12 + 4) + 2 * 2 * 6 * 6 * 4);
  });
});

describe('resampling', () => {
  it('Resample counts the multiply-adds of its convolution where it runs', () => {
    const conv = { inputs: 3, outputs: 2 };
    const macs = (options: ConstructorParameters<typeof Resample>[0]) => totalMacs(new Resample(options), [1, 8, 8, 3]);
    expect(macs({ direction: 'up', conv })).toBe(16 * 16 * 9 * 3 * 2);
    expect(macs({ direction: 'up', filter: [1, 3, 3, 1], conv: { ...conv, fused: true } })).toBe(16 * 16 * 9 * 3 * 2);
    expect(macs({ direction: 'down', filter: [1, 3, 3, 1], conv })).toBe(4 * 4 * 9 * 3 * 2);
    expect(macs({ direction: 'down', filter: [1, 3, 3, 1], conv: { ...conv, fused: true } })).toBe(10 * 10 * 9 * 3 * 2);
    expect(macs({ direction: 'down', filter: 'none', conv })).toBe(4 * 4 * 9 * 3 * 2);
    expect(macs({ direction: 'down' })).toBe(0);
  });

  it('refuses filters, paddings and options that do not fit', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
    expect(() => upsample(x, { filter: [1, 2, 1] })).toThrow(
      /upsample: filter must be an even number of finite numbers/,
    );
    expect(() => downsample(x, { filter: [1, NaN] })).toThrow(/filter must be an even number of finite numbers/);
    expect(() => downsample(x, { filter: [1, -1] })).toThrow(/filter must be of a sum other than zero/);
    expect(() => downsample(x, { padding: -1 })).toThrow(/padding must be an integer >= 0/);
    expect(() => downsample(x, { filter: [1, 3, 3, 1], padding: 0 })).toThrow(/x must be images .* of at least 4 rows/);
    expect(() => upsample(x, { padding: 2 })).toThrow(/x must be images/);
    const conv = { inputs: 1, outputs: 1 };
    expect(() => new Resample({ direction: 'left' as never })).toThrow(/direction must be one of "up", "down"/);
    expect(() => new Resample({ direction: 'up', filter: 'none', conv })).toThrow(/filter must be numbers, or "none"/);
    expect(() => new Resample({ direction: 'down', filter: 'none' })).toThrow(/filter must be numbers, or "none"/);
    expect(() => new Resample({ direction: 'up', conv: { ...conv, padding: 'end' } })).toThrow(/without a stride/);
    expect(() => new Resample({ direction: 'up', conv: { ...conv, padding: 'x' as never } })).toThrow(
      /"both" or "end"/,
    );
    const fused = { ...conv, fused: true };
    expect(() => new Resample({ direction: 'down', filter: 'none', conv: fused })).toThrow(/conv.fused must be false/);
    expect(() => new Resample({ direction: 'up', conv: { ...conv, fusd: true } as never })).toThrow(
      /did you mean fused/,
    );
    expect(() => new Resample({ direction: 'up', conv }).forward(tf.zeros([1, 2, 2, 3]))).toThrow(/x must be images/);
    expect(() => new SpatialAttention({ width: 6, heads: 4, groups: 2 })).toThrow(/divisible by the 4 heads/);
    expect(() => new SpatialAttention({ width: 6, groups: 4 })).toThrow(/groups must be a divisor/);
    expect(() => new SpatialAttention({ width: 6, groups: 2, scale: NaN })).toThrow(/scale must be a finite number/);
    expect(() => new SpatialAttention({ width: 4 }).forward(tf.zeros([1, 2, 2, 3]))).toThrow(/x must be images/);
  });
});
