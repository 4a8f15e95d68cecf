import '@tensorflow/tfjs-backend-cpu';
import { DiptychError } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIn, key, split, threefry2x32 } from './key.ts';
import { integers } from './integers.ts';
import { normalQuantile } from '../numeric/normal-distribution.ts';
import { normalTensor, normalPerSample, uniformTensor } from './tensors.ts';
import { normalArray, uniformArray } from './arrays.ts';
import { permutation } from './permutation.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const words = (u: Float64Array) => Array.from(u, (value) => BigInt(value * 2 ** 52 - 0.5));

describe('threefry2x32()', () => {
  it('gives the published known-answer vectors of Random123 (threefry 2x32 20)', () => {
    expect(threefry2x32([0, 0], 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32([0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff)).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry2x32([0x13198a2e, 0x03707344], 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
  });
});

describe('keys', () => {
  // Printed by jax 0.10.2, jax_threefry_partitionable on, jax_enable_x64 on for the last two.
  it.each([
    [0, [0, 0]],
    [42, [0, 42]],
    [2 ** 31, [0, 2147483648]],
    [2 ** 40 + 5, [256, 5]],
    [-1, [4294967295, 4294967295]],
  ])('key(%d) is what jax.random.PRNGKey makes', (seed, expected) => expect(key(seed)).toEqual(expected));

  it('split() and foldIn() derive the keys that JAX derives', () => {
    const children = [
      [1797259609, 2579123966],
      [928981903, 3453687069],
      [4146024105, 2718843009],
    ];
    expect(split(key(0), 3)).toEqual(children);
    expect(split(key(0))).toEqual(children.slice(0, 2));
    expect(foldIn(key(0), 7)).toEqual([2716826189, 292468403]);
    expect(foldIn(key(42), 7)).toEqual([2547012911, 1371500959]);
    expect(split(key(42), 3)[2]).toEqual([2465931498, 255383827]);
  });

  it('foldIn() tells numbers apart beyond 32 bits', () => {
    expect(foldIn(key(0), 2 ** 32)).not.toEqual(foldIn(key(0), 0));
    expect(foldIn(key(0), 2 ** 32 + 1)).toEqual(threefry2x32([0, 0], 1, 1));
  });

  it('refuse what is not a seed, a count or a number', () => {
    expect(() => key(0.5)).toThrow('key: seed must be a safe integer, got 0.5');
    expect(() => key(NaN)).toThrow(DiptychError);
    expect(() => split(key(0), 0)).toThrow('split: n must be');
    expect(() => foldIn(key(0), -1)).toThrow('foldIn: data must be');
    expect(() => uniformArray(key(0), -1)).toThrow('uniformArray: n must be');
    expect(() => integers(key(0), 3, 0)).toThrow('integers: max must be');
  });
});

describe('uniformArray()', () => {
  it('takes the top 52 bits of the words of jax.random.bits(…, uint64)', () => {
    const top = (word: bigint) => word >> 12n;
    expect(words(uniformArray(key(0), 3))).toEqual(
      [0x6b20015999ba4efen, 0x375f238fcddb151dn, 0xf71f4ea9a20e4081n].map(top),
    );
    expect(words(uniformArray(key(42), 2))).toEqual([0x6d3e048f1022172dn, 0x03d7b32dadd083f4n].map(top));
  });

  it('are inside (0, 1), have mean 1/2 and variance 1/12, and fill ten cells evenly', () => {
    const n = 2 ** 16;
    const u = uniformArray(key(1), n);
    const mean = u.reduce((a, b) => a + b) / n;
    const variance = u.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 / Math.sqrt(180 * n));
    const cells = new Array<number>(10).fill(0);
    for (const value of u) {
      expect(value > 0 && value < 1).toBe(true);
      cells[Math.floor(value * 10)]!++;
    }
    const chiSquare = cells.reduce((a, count) => a + (count - n / 10) ** 2 / (n / 10), 0);
    expect(chiSquare).toBeLessThan(27.9); // 99.9 % quantile with 9 degrees of freedom
  });

  it('number i does not depend on how many are drawn', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }), (seed, n, more) => {
        expect(uniformArray(key(seed), n + more).slice(0, n)).toEqual(uniformArray(key(seed), n));
      }),
    );
  });
});

describe('normalQuantile()', () => {
  // scipy.special.ndtri (scipy 1.17.1)
  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798409],
    [1e-10, -6.361340902404056],
    [2 ** -53, -8.209536151601387],
    [0.001, -3.090232306167813],
    [0.0749, -1.4402382675279635],
    [0.0751, -1.4388253927525403],
    [0.25, -0.6744897501960817],
    [0.6, 0.2533471031357997],
    [0.9251, 1.4402382675279635],
    [0.975, 1.959963984540054],
    [0.999999, 4.753424308817087],
  ])('of %d is %d to 15 digits, in all three branches', (u, z) => {
    expect(Math.abs(normalQuantile(u) / z - 1)).toBeLessThan(2e-15);
  });

  it('is 0 at 1/2, infinite at 0 and 1, and NaN outside', () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(normalQuantile(-0.1)).toBeNaN();
    expect(normalQuantile(1.1)).toBeNaN();
  });
});

describe('normalArray()', () => {
  it('have the first four moments of N(0, 1)', () => {
    const n = 2 ** 16;
    const z = Array.from(normalArray(key(0), n));
    const moment = (p: number) => z.reduce((a, b) => a + b ** p, 0) / n;
    const within = (value: number, expected: number, variance: number) =>
      expect(Math.abs(value - expected)).toBeLessThan(4 * Math.sqrt(variance / n));
    within(moment(1), 0, 1);
    within(moment(2), 1, 2);
    within(moment(3), 0, 15);
    within(moment(4), 3, 96);
  });
});

describe('integers() and permutation()', () => {
  it('integers() hit every value of a small range about equally often', () => {
    const counts = new Array<number>(7).fill(0);
    for (const value of integers(key(5), 70_000, 7)) counts[value]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt((70_000 * 6) / 49));
  });

  it('permutation() holds every number once', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 60 }), (seed, n) => {
        expect(Array.from(permutation(key(seed), n)).sort((a, b) => a - b)).toEqual(
          Array.from({ length: n }, (_, i) => i),
        );
      }),
    );
  });

  it('permutation() makes all six orders of three about equally often', () => {
    const counts = new Map<string, number>();
    for (const child of split(key(9), 6000)) {
      const order = permutation(child, 3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt((6000 * 5) / 36));
  });
});

describe('tensors of random numbers', () => {
  it('normal() holds normals() in row-major order', async () => {
    const n = normalTensor(key(3), [2, 3]);
    expect(n.shape).toEqual([2, 3]);
    expect(await n.data()).toEqual(normalArray(key(3), 6));
    n.dispose();
  });

  it('uniform() stays inside (0, 1) in float32, and its numbers are the high words of the key', async () => {
    const u = uniformTensor(key(3), [4000]);
    const values = await u.data();
    expect(values.every((value) => value > 0 && value < 1 && Number.isInteger(value * 2 ** 24))).toBe(true);
    expect(values[0]).toBe(((threefry2x32(key(3), 0, 0)[0] >>> 9) + 0.5) / 2 ** 23);
    u.dispose();
  });

  it('normalPerSample() gives sample i the same noise at any batch size and offset', async () => {
    const all = normalPerSample(key(2), [5, 2, 2]);
    const some = normalPerSample(key(2), [2, 2, 2], { first: 3 });
    expect((await all.data()).slice(12)).toEqual(await some.data());
    expect((await all.data()).slice(4, 8)).toEqual(normalArray(foldIn(key(2), 1), 4));
    tf.dispose([all, some]);
    expect(() => normalPerSample(key(2), [])).toThrow('normalPerSample: shape must be');
    expect(() => normalPerSample(key(2), [1], { first: -1 })).toThrow('normalPerSample: first must be');
  });
});
