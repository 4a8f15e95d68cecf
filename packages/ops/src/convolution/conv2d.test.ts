import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { composedConv2d } from './composed-conv2d.ts';
import { conv2d } from './conv2d.ts';
import { slidingWindow, type Padding } from './window.ts';

const image = (height: number, width: number, channels = 1, seed = 1) =>
  tensorOf<tf.Rank.R4>([2, height, width, channels], seed);

/** The definition, in double precision. */
function reference(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  strides: number[],
  [[top], [left]]: number[][],
  output: number[],
) {
  const [xs, ks] = [x.arraySync(), kernel.arraySync()];
  const [kh, kw, channels, out] = kernel.shape;
  const result: number[] = [];
  for (let b = 0; b < x.shape[0]; b++)
    for (let i = 0; i < output[0]; i++)
      for (let j = 0; j < output[1]; j++)
        for (let o = 0; o < out; o++) {
          let sum = 0;
          for (let u = 0; u < kh; u++)
            for (let v = 0; v < kw; v++)
              for (let c = 0; c < channels; c++)
                sum += (xs[b][i * strides[0] + u - top]?.[j * strides[1] + v - left]?.[c] ?? 0) * ks[u][v][c][o];
          result.push(sum);
        }
  return result;
}

const geometry = fc.record({
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.oneof(
    fc.constantFrom<Padding>('same', 'valid', 0, 1, 2),
    fc.tuple(
      fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
      fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
    ),
  ),
  channels: fc.integer({ min: 1, max: 3 }),
  out: fc.integer({ min: 1, max: 3 }),
});

const fits = ({
  height,
  width,
  kernel,
  strides,
  padding,
}: {
  height: number;
  width: number;
  kernel: [number, number];
  strides: [number, number];
  padding: Padding;
}) => {
  try {
    return slidingWindow('test', [height, width], kernel, strides, padding);
  } catch {
    return undefined;
  }
};

onEachBackend('conv2d()', (backend) => {
  it('follows its definition for any size, kernel, stride and padding', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const window = fits(g);
        fc.pre(window !== undefined);
        const x = image(g.height, g.width, g.channels);
        const kernel = tensorOf<tf.Rank.R4>([...g.kernel, g.channels, g.out], 2);
        const bias = tensorOf<tf.Rank.R1>([g.out], 3);
        const sums = reference(x, kernel, g.strides, window.padding, window.output);
        const b = bias.dataSync();
        const expected = sums.map((sum, i) => sum + b[i % g.out]);
        const y = conv2d(x, kernel, bias, { strides: g.strides, padding: g.padding });
        expect(y.shape).toEqual([2, ...window.output, g.out]);
        expect(relativeError(y, expected)).toBeLessThan(1e-5);
        expect(relativeError(composedConv2d(x, kernel, bias, window), expected)).toBeLessThan(1e-5);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it.each<[string, [number, number], number, Padding, 'same' | 'valid']>([
    ['3x3', [3, 3], 1, 'same', 'same'],
    ['3x3, stride 2, even size', [3, 3], 2, 'same', 'same'],
    ['2x4, stride 3', [2, 4], 3, 'valid', 'valid'],
  ])('agrees with tf.conv2d on its padding rules: %s', (_, size, strides, padding, theirs) => {
    const x = image(8, 7, 3);
    const kernel = tensorOf<tf.Rank.R4>([...size, 3, 4], 2);
    expect(
      relativeError(conv2d(x, kernel, null, { strides, padding }), tf.conv2d(x, kernel, strides, theirs)),
    ).toBeLessThan(1e-5);
  });

  it.each<[string, number, number, number | [number, number], Padding]>([
    ['3x3 same', 4, 3, 1, 'same'],
    ['3x3 stride 2 with padding 1', 5, 3, 2, 1],
    [
      '3x3 stride 2, padded below and right',
      4,
      3,
      2,
      [
        [0, 1],
        [0, 1],
      ],
    ],
    ['2x2 stride 2', 4, 2, 2, 'valid'],
    ['1x1', 3, 1, 1, 'valid'],
    ['1x1 stride 2', 5, 1, 2, 'valid'],
    ['2x2 stride 3, with pixels that no window reaches', 7, 2, 3, 'valid'],
    ['3x3 strides 2 and 1', 4, 3, [2, 1], 'same'],
  ])('has the gradient of finite differences in image, kernel and bias: %s', async (_, size, k, strides, padding) => {
    const f = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
      conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, { strides, padding });
    const inputs = [image(size, size, 2), tensorOf([k, k, 2, 3], 2), tensorOf([3], 3)];
    expect((await gradCheck(f, inputs, { samples: 16 })).error).toBeLessThan(1e-3);
  });

  it('has the same gradient composed as from tf.conv2d', async () => {
    const x = image(7, 6, 2);
    const kernel = tensorOf<tf.Rank.R4>([3, 3, 2, 4], 2);
    const window = slidingWindow('test', [7, 6], [3, 3], 2, 'same');
    const composed = (x: tf.Tensor, kernel: tf.Tensor) =>
      composedConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, null, window);
    const dy = tensorOf([2, ...window.output, 4], 5);
    const ours = tf.grads(composed)([x, kernel], dy);
    const values = await Promise.all(ours.map((gradient) => gradient.data()));
    // WASM has no kernel gradient of its own to compare with.
    await tf.setBackend('cpu');
    const stock = tf.grads((x, kernel) => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2, 'same'))(
      [x, kernel],
      dy,
    );
    stock.forEach((gradient, i) => expect(relativeError(values[i], gradient)).toBeLessThan(1e-5));
    await tf.setBackend(backend);
  });

  it('trains variables and leaves no tensors behind', () => {
    const x = image(5, 5, 2);
    const kernel = tf.variable(tensorOf<tf.Rank.R4>([3, 3, 2, 3]));
    const bias = tf.variable(tf.zeros<tf.Rank.R1>([3]));
    const loss = () => tf.sum(tf.square(conv2d(x, kernel, bias, { strides: 2 }))) as tf.Scalar;
    expect(Object.keys(tf.variableGrads(loss, [kernel, bias]).grads).sort()).toEqual([kernel.name, bias.name].sort());
    expect(leakOf(() => conv2d(x, kernel, bias, { strides: 2, padding: 1 }))).toBe(0);
    expect(leakOf(() => ({ ...tf.variableGrads(loss, [kernel, bias]) }))).toBe(0);
  });

  it('refuses shapes, strides and paddings that do not fit', () => {
    const x = image(4, 4, 2);
    const kernel = tensorOf<tf.Rank.R4>([3, 3, 2, 3]);
    expect(() => conv2d(tensorOf([4, 4, 2]) as unknown as tf.Tensor4D, kernel)).toThrow(
      /conv2d: x must be of shape \[B, H, W, in\]/,
    );
    expect(() => conv2d(x, tensorOf([3, 3, 2]) as unknown as tf.Tensor4D)).toThrow(/conv2d: kernel must be of shape/);
    expect(() => conv2d(image(4, 4, 3), kernel)).toThrow(/conv2d: x must be of shape \[B, H, W, 2\]/);
    expect(() => conv2d(x, kernel, tf.zeros([2]))).toThrow(/conv2d: bias must be of shape \[3\]/);
    expect(() => conv2d(x, kernel, null, { strides: 0 })).toThrow(
      /conv2d: strides must be a positive integer or two, got 0/,
    );
    expect(() => conv2d(x, kernel, null, { padding: -1 })).toThrow(/conv2d: padding must be/);
    expect(() => conv2d(x, kernel, null, { padding: 'reflect' as unknown as Padding })).toThrow(
      /conv2d: padding must be/,
    );
    expect(() => conv2d(image(2, 4, 2), kernel, null, { padding: 'valid' })).toThrow(
      /conv2d: x must be an image of at least the size of the kernel \[3,3\].*got "2 x 4"/,
    );
  });
});
