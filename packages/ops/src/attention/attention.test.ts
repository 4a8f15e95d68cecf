import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attention } from './attention.ts';
import { scaledDotProductAttention } from './scaled-dot-product-attention.ts';

/** Attention of one head by its definition, in double precision: q [N][d], k [M][d], v [M][e]. */
function head(q: number[][], k: number[][], v: number[][]): number[][] {
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  return q.map((row) => {
    const logits = k.map((key) => dot(row, key) / Math.sqrt(row.length));
    const top = Math.max(...logits);
    const weights = logits.map((l) => Math.exp(l - top));
    const total = weights.reduce((a, b) => a + b);
    return v[0].map((_, j) => weights.reduce((sum, w, m) => sum + (w / total) * v[m][j], 0));
  });
}

onEachBackend('scaledDotProductAttention()', () => {
  const sizes = fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    heads: fc.integer({ min: 1, max: 3 }),
    n: fc.integer({ min: 1, max: 7 }),
    m: fc.integer({ min: 1, max: 7 }),
    d: fc.integer({ min: 1, max: 9 }),
    e: fc.integer({ min: 1, max: 5 }),
  });

  it('follows its definition for any sizes', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ batch, heads, n, m, d, e }) => {
        const q = tensorOf<tf.Rank.R4>([batch, heads, n, d], 1, { scale: 3 });
        const k = tensorOf<tf.Rank.R4>([batch, heads, m, d], 2, { scale: 3 });
        const v = tensorOf<tf.Rank.R4>([batch, heads, m, e], 3);
        const y = scaledDotProductAttention(q, k, v);
        const [qs, ks, vs] = await Promise.all([q.array(), k.array(), v.array()]);
        const expected = qs.map((b, i) => b.map((_, h) => head(qs[i][h], ks[i][h], vs[i][h])));
        expect(y.shape).toEqual([batch, heads, n, e]);
        expect(relativeError(y, expected.flat(3))).toBeLessThan(1e-5);
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it('averages v for equal keys, and picks one value when its key stands out', () => {
    const q = tf.ones<tf.Rank.R4>([1, 1, 2, 4]);
    const v = tf.tensor4d([1, 2, 6], [1, 1, 3, 1]);
    expect(relativeError(scaledDotProductAttention(q, tf.zeros([1, 1, 3, 4]), v), [3, 3])).toBeLessThan(1e-6);
    const k = tf.tensor4d([0, 0, 0, 0, 50, 50, 50, 50, 0, 0, 0, 0], [1, 1, 3, 4]);
    expect(relativeError(scaledDotProductAttention(q, k, v), [2, 2])).toBeLessThan(1e-6);
  });

  it('does not overflow for logits of thousands', () => {
    const q = tf.fill<tf.Rank.R4>([1, 1, 2, 4], 100);
    const y = scaledDotProductAttention(q, q, tensorOf<tf.Rank.R4>([1, 1, 2, 3]));
    expect(y.dataSync().every(Number.isFinite)).toBe(true);
  });

  const inputs = () => [tensorOf([2, 2, 3, 4], 1), tensorOf([2, 2, 5, 4], 2), tensorOf([2, 2, 5, 3], 3)];
  const f = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
    scaledDotProductAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D);

  it('has the gradient of finite differences in q, k and v', async () => {
    expect((await gradCheck(f, inputs())).error).toBeLessThan(1e-3);
  });

  it('has the right second derivative', async () => {
    const dy = tensorOf([2, 2, 3, 3], 8);
    const slope = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => tf.grads(f)([q, k, v], dy)[1];
    expect((await gradCheck(slope, inputs(), { samples: 8 })).error).toBeLessThan(2e-3);
  });

  it('leaves no tensors behind', () => {
    const [q, k, v] = inputs();
    expect(leakOf(() => f(q, k, v))).toBe(0);
    expect(leakOf(() => tf.grads((q, k, v) => tf.sum(f(q, k, v)))([q, k, v]))).toBe(0);
  });

  it('refuses shapes that do not fit', () => {
    const [q, k, v] = inputs();
    expect(() => f(tensorOf([2, 3, 4]), k, v)).toThrow(/scaledDotProductAttention: q must be of shape \[B, H, N, d\]/);
    expect(() => f(q, tensorOf([2, 2, 5, 3]), v)).toThrow(/k must be of shape \[2, 2, M, 4\]/);
    expect(() => f(q, tensorOf([2, 1, 5, 4]), v)).toThrow(/k must be/);
    expect(() => f(q, k, tensorOf([2, 2, 4, 3]))).toThrow(/v must be of shape \[2, 2, 5, e\]/);
  });
});

onEachBackend('attention()', () => {
  it('reads q, k, v thirds with the heads inside, and puts the heads side by side', async () => {
    const [batch, tokens, heads, width] = [2, 5, 3, 4];
    const dim = heads * width;
    const qkv = tensorOf<tf.Rank.R3>([batch, tokens, 3 * dim], 4, { scale: 2 });
    const rows = await qkv.array();
    const part = (b: number, which: number, h: number) =>
      rows[b].map((row) => row.slice(which * dim + h * width, which * dim + (h + 1) * width));
    const expected = rows.map((_, b) => {
      const perHead = Array.from({ length: heads }, (_, h) => head(part(b, 0, h), part(b, 1, h), part(b, 2, h)));
      return rows[b].map((_, n) => perHead.flatMap((o) => o[n]));
    });
    const y = attention(qkv, { heads });
    expect(y.shape).toEqual([batch, tokens, dim]);
    expect(relativeError(y, expected.flat(2))).toBeLessThan(1e-5);
  });

  it('does not mind the order of the tokens it attends to', () => {
    const qkv = tensorOf<tf.Rank.R3>([1, 6, 24], 1);
    const back = tf.reverse(attention(tf.reverse(qkv, 1), { heads: 2 }), 1);
    expect(relativeError(back, attention(qkv, { heads: 2 }))).toBeLessThan(1e-5);
  });

  it('has the gradient of finite differences', async () => {
    const f = (qkv: tf.Tensor) => attention(qkv as tf.Tensor3D, { heads: 2 });
    expect((await gradCheck(f, [tensorOf([2, 3, 12], 6)], { samples: 72 })).error).toBeLessThan(1e-3);
  });

  it('leaves no tensors behind', () => {
    const qkv = tensorOf<tf.Rank.R3>([2, 3, 12]);
    expect(leakOf(() => attention(qkv, { heads: 2 }))).toBe(0);
    expect(leakOf(() => tf.grad((x) => tf.sum(attention(x as tf.Tensor3D, { heads: 2 })))(qkv))).toBe(0);
  });

  it('refuses a rank, a width or a number of heads that does not fit', () => {
    expect(() => attention(tensorOf([3, 12]) as unknown as tf.Tensor3D, { heads: 2 })).toThrow(
      /attention: qkv must be of shape \[B, N, 3 D\]/,
    );
    expect(() => attention(tensorOf<tf.Rank.R3>([1, 3, 12]), { heads: 3 })).toThrow(
      /attention: qkv must be of a width that 3 \* 3 divides/,
    );
    expect(() => attention(tensorOf<tf.Rank.R3>([1, 3, 12]), { heads: 0 })).toThrow(
      /attention: heads must be a positive integer, got 0/,
    );
  });
});
