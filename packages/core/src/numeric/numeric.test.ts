import { describe, expect, it } from 'vitest';
import { foldIn, key } from '../random/key.ts';
import { normalArray } from '../random/arrays.ts';
import { lagrangeIntegrals } from './lagrange.ts';
import { multiplyTransposed } from './multiply-transposed.ts';
import { pivotedCholesky } from './pivoted-cholesky.ts';
import { powerOfTwoNear } from './power-of-two-near.ts';
import { quantile } from './quantile.ts';
import { singularValues } from './singular-values.ts';
import { solve } from './solve.ts';
import { solvePositiveDefinite } from './solve-positive-definite.ts';
import { solveRidge } from './solve-ridge.ts';
import { tridiagonalEigenvalues } from './tridiagonal-eigenvalues.ts';

const random = (seed: number, rows: number, columns: number) => ({
  rows,
  columns,
  data: Float64Array.from(normalArray(foldIn(key(1), seed), rows * columns)),
});
const plainProduct = (a: { rows: number; columns: number; data: Float64Array }, b: typeof a) =>
  Float64Array.from({ length: a.rows * b.rows }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k++)
      sum += a.data[Math.floor(at / b.rows) * a.columns + k] * b.data[(at % b.rows) * b.columns + k];
    return sum;
  });

describe('multiplyTransposed', () => {
  it.each([
    [1, 1, 1],
    [4, 4, 3],
    [7, 5, 9],
    [9, 6, 2],
    [8, 12, 0],
  ])('is the plain product for %i by %i rows of %i', (m, n, k) => {
    const [a, b] = [random(1, m, k), random(2, n, k)];
    const { data } = multiplyTransposed(a, b);
    plainProduct(a, b).forEach((value, i) => expect(data[i]).toBeCloseTo(value, 12));
  });
});

describe('tridiagonalEigenvalues', () => {
  it('finds those of the second difference: 2 - 2 cos(k pi / (n + 1))', () => {
    for (const n of [1, 2, 3, 50]) {
      const found = tridiagonalEigenvalues(new Float64Array(n).fill(2), new Float64Array(n - 1).fill(-1));
      found.forEach((value, i) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)), 13));
    }
  });

  it('takes matrices apart that have zeros beside the diagonal, and tiny ones as they are', () => {
    const parted = tridiagonalEigenvalues(new Float64Array([3, 1, 2]), new Float64Array([0, 0]));
    expect(Array.from(parted)).toEqual([1, 2, 3]);
    const [low, high] = tridiagonalEigenvalues(new Float64Array([1e-200, 1e-200]), new Float64Array([1e-200]));
    expect([low / 1e-200, high / 1e-200].map((value) => Math.abs(value).toFixed(10))).toEqual([
      '0.0000000000',
      '2.0000000000',
    ]);
  });

  it('refuses NaN instead of turning for ever', () => {
    expect(() => tridiagonalEigenvalues(new Float64Array([NaN, 1]), new Float64Array([1]))).toThrow(/60 sweeps/);
  });
});

describe('singularValues', () => {
  it('of a diagonal matrix are its entries without their signs', () => {
    const data = new Float64Array([0, 0, -5, 2, 0, 0, 0, 0.5, 0]);
    expect(Array.from(singularValues({ rows: 3, columns: 3, data }), (s) => s.toFixed(12))).toEqual([
      '5.000000000000',
      '2.000000000000',
      '0.500000000000',
    ]);
  });

  it('of the Hilbert matrix of order 6 span seven decades, the smallest right to 1e-15 of the largest', () => {
    const data = Float64Array.from({ length: 36 }, (_, i) => 1 / (Math.floor(i / 6) + (i % 6) + 1));
    const expected = [
      1.6188998589243391, 0.24236087057520955, 0.01632152131987582, 0.000615748354182658, 1.2570757122625194e-5,
      1.0827994845655498e-7,
    ];
    singularValues({ rows: 6, columns: 6, data }).forEach((value, i) =>
      expect(Math.abs(value - expected[i])).toBeLessThan(2e-15),
    );
  });

  it.each([
    [1, 1],
    [1, 7],
    [7, 1],
    [5, 5],
    [30, 8],
    [8, 30],
    [64, 64],
  ])('have the squares and the determinant of the matrix, %i by %i', (rows, columns) => {
    const matrix = random(rows * 100 + columns, rows, columns);
    const found = singularValues(matrix);
    expect(found.length).toBe(Math.min(rows, columns));
    const squares = matrix.data.reduce((sum, value) => sum + value * value, 0);
    expect(found.reduce((sum, s) => sum + s * s, 0) / squares).toBeCloseTo(1, 12);
    expect(Array.from(found)).toEqual(Array.from(found).toSorted((a, b) => b - a));
    // The fourth powers are the squares of the Gram matrix.
    const gram = plainProduct(matrix, matrix).reduce((sum, value) => sum + value * value, 0);
    expect(found.reduce((sum, s) => sum + s ** 4, 0) / gram).toBeCloseTo(1, 12);
  });

  it('of a product of rank 3 are three, the rest below 1e-14 of the largest', () => {
    const matrix = multiplyTransposed(random(1, 40, 3), random(2, 25, 3));
    const found = singularValues(matrix);
    expect(found[2] / found[0]).toBeGreaterThan(0.1);
    expect(found[3] / found[0]).toBeLessThan(1e-14);
  });

  it.each([1e-160, 1, 1e150])('of the diagonal 3, 2, 0, 1 among columns of zeros are these at scale %s', (scale) => {
    const data = new Float64Array(30 * 20);
    [3, -2, 0, 1].forEach((value, i) => (data[i * 20 + 2 * i] = value * scale));
    const found = singularValues({ rows: 30, columns: 20, data });
    expect(Array.from(found.subarray(0, 4), (s) => Number((s / scale).toFixed(12)))).toEqual([3, 2, 1, 0]);
    expect(found[4]).toBe(0);
  });

  it('of 4 living columns of 64 are 4, the rest nothing beside them', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { data } = random(seed, 300, 64);
      data.forEach((_, i) => i % 64 >= 4 && (data[i] = 0));
      const found = singularValues({ rows: 300, columns: 64, data });
      expect(found[3]).toBeGreaterThan(10);
      expect(found[4]).toBeLessThan(1e-12);
    }
  });

  it('of rows that shrink by 1e-40 each are right to 1e-14 of the largest', () => {
    const { data } = random(3, 12, 12);
    const graded = data.map((value, i) => value * 10 ** (-40 * Math.floor(i / 12)));
    const found = singularValues({ rows: 12, columns: 12, data: graded });
    const first = Math.sqrt(data.subarray(0, 12).reduce((sum, value) => sum + value * value, 0));
    expect(found[0] / first).toBeCloseTo(1, 12);
    expect(found[1]).toBeLessThan(1e-14 * first);
    expect(found.every((value) => value >= 0)).toBe(true);
  });

  it('of zero are zero, and of nothing nothing', () => {
    expect(Array.from(singularValues({ rows: 2, columns: 3, data: new Float64Array(6) }))).toEqual([0, 0]);
    expect(singularValues({ rows: 3, columns: 0, data: new Float64Array(0) }).length).toBe(0);
  });

  it('leave the matrix as it was', () => {
    const matrix = random(5, 4, 3);
    const before = matrix.data.slice();
    singularValues(matrix);
    expect(matrix.data).toEqual(before);
  });
});

describe('pivotedCholesky', () => {
  const gramOf = (factor: { rows: number; columns: number; data: Float64Array }) => {
    const { rows, columns, data } = factor;
    const transposed = {
      rows: columns,
      columns: rows,
      data: Float64Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]),
    };
    return plainProduct(transposed, transposed);
  };

  it.each([1, 3, 8])('gives a matrix of rank %i back with as many rows', (rank) => {
    const matrix = gramOf(random(rank, rank, 8));
    const { factor, residual } = pivotedCholesky(matrix, 8);
    expect(factor.rows).toBe(rank);
    expect(residual).toBeLessThan(1e-13);
    gramOf(factor).forEach((value, i) => expect(value).toBeCloseTo(matrix[i], 12));
  });

  it('shows what is no square in its residual', () => {
    expect(pivotedCholesky(new Float64Array([1, 2, 2, 1]), 2).residual).toBeCloseTo(3, 12);
    expect(pivotedCholesky(new Float64Array([0, 1, 1, 0]), 2)).toMatchObject({ factor: { rows: 0 }, residual: 1 });
  });
});

describe('solvePositiveDefinite', () => {
  it('solves for several right sides at once', () => {
    const x = solvePositiveDefinite(new Float64Array([4, 2, 2, 3]), new Float64Array([2, 8, 3, 8]), 2);
    expect(Array.from(x, (value) => Number(value.toFixed(12)))).toEqual([0, 1, 1, 2]);
  });

  it('refuses a singular matrix', () => {
    expect(() => solvePositiveDefinite(new Float64Array([1, 1, 1, 1]), new Float64Array([1, 1]), 2)).toThrow(
      /positive definite/,
    );
  });
});

describe('solveRidge', () => {
  it('solves (G + alpha I) X = B', () => {
    const x = solveRidge(new Float64Array([3, 2, 2, 2]), new Float64Array([2, 8, 3, 8]), 2, 1);
    expect(Array.from(x, (value) => Number(value.toFixed(12)))).toEqual([0, 1, 1, 2]);
  });

  it.each([1e100, 1e300])('where alpha drowns in a singular G takes the X of least norm, at scale %s', (scale) => {
    // Three equal columns (1, 2, 2)' and y = 18 (1, 2, 2)': each takes a third of 18.
    const gram = new Float64Array(9).fill(9 * scale);
    const found = solveRidge(gram, new Float64Array(3).fill(162 * scale), 3, 1);
    found.forEach((value) => expect(value).toBeCloseTo(6, 12));
    expect(Array.from(solveRidge(new Float64Array(4), new Float64Array(2), 2, 1e-300))).toEqual([0, 0]);
  });
});

describe('powerOfTwoNear', () => {
  it.each([
    [1, 1],
    [0.75, 0.5],
    [1e-320, 2 ** -1064],
    [5e-324, 5e-324],
    [Number.MAX_VALUE, 2 ** 1023],
    [2 ** 52 - 0.5, 2 ** 51],
    [0, 1],
  ])('of %s is %s', (x, power) => expect(powerOfTwoNear(x)).toBe(power));
});

describe('lagrangeIntegrals', () => {
  it.each([0, 1, -0.7, 2.5])('integrates polynomials of its degree against e^(rate s) exactly, rate %d', (rate) => {
    const points = [0.3, 0.9, 1.4, -0.2];
    const [from, to] = [-0.5, 0.8];
    // Simpson's rule, fine enough for 12 digits.
    const integral = (f: (s: number) => number) => {
      const h = (to - from) / 4000;
      let sum = 0;
      for (let i = 0; i <= 4000; i++)
        sum += f(from + i * h) * Math.exp(rate * (from + i * h)) * (i % 4000 === 0 ? 1 : i % 2 ? 4 : 2);
      return (sum * h) / 3;
    };
    const weights = lagrangeIntegrals(points, from, to, { rate });
    for (const f of [() => 1, (s: number) => s, (s: number) => s ** 2 - s, (s: number) => s ** 3 + 2]) {
      const got = weights.reduce((sum, weight, j) => sum + weight * f(points[j]), 0);
      expect(got).toBeCloseTo(integral(f), 9);
    }
  });

  it('reaches -Infinity where the weight falls to 0: the integral of e^s s is -1', () => {
    const [a, b] = lagrangeIntegrals([0, 1], -Infinity, 0, { rate: 1 });
    expect(a + b).toBeCloseTo(1, 12);
    expect(b).toBeCloseTo(-1, 12);
  });
});

describe('solve', () => {
  it('solves for several right-hand sides, and exchanges rows where a pivot is 0', () => {
    const matrix = [
      [0, 2, 1],
      [1, 1, 0],
      [3, 0, 4],
    ];
    const x = [
      [1, -2],
      [0.5, 3],
      [-4, 0],
    ];
    const right = matrix.map((row) => [0, 1].map((c) => row.reduce((sum, value, k) => sum + value * x[k][c], 0)));
    const kept = structuredClone([matrix, right]);
    solve(matrix, right)
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(x.flat()[i], 12));
    expect([matrix, right]).toEqual(kept);
  });
});

describe('quantile', () => {
  it('is linear between two numbers, as numpy has it', () => {
    // numpy.quantile([1, 2, 4, 8], q)
    for (const [q, expected] of [
      [0, 1],
      [0.25, 1.75],
      [0.5, 3],
      [0.9, 6.8],
      [1, 8],
    ])
      expect(quantile([1, 2, 4, 8], q)).toBeCloseTo(expected, 12);
    expect(quantile(Float64Array.of(5), 0.3)).toBe(5);
  });
});
