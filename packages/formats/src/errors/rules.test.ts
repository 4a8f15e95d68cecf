import { describe, expect, it } from 'vitest';
import * as rules from './index.ts';

const { checkCount, checkFinite, checkFlag, checkIn, checkIndex, checkNonNegative, checkPositive, checkShare } = rules;
const {
  checkAllFinite,
  checkAllIntegers,
  checkDtype,
  checkIntegerIn,
  checkInterval,
  checkLength,
  checkNotEmpty,
  checkShape,
} = rules;

const shaped = (...shape: number[]) => ({ shape, dtype: 'float32' });

describe('rules of parameters', () => {
  it.each<[string, (value: unknown) => void, string, unknown[], unknown[]]>([
    [
      'checkCount',
      (n) => checkCount('f', { n }),
      'a positive integer',
      [1, 2 ** 40],
      [0, -1, 1.5, NaN, Infinity, '1', undefined],
    ],
    ['checkIndex', (n) => checkIndex('f', { n }), 'an integer >= 0', [0, 1], [-1, 0.5, NaN, null, 2 ** 53]],
    [
      'checkPositive',
      (n) => checkPositive('f', { n }),
      'a finite number > 0',
      [1e-300, 5],
      [0, -1, NaN, Infinity, '1'],
    ],
    [
      'checkNonNegative',
      (n) => checkNonNegative('f', { n }),
      'a finite number >= 0',
      [0, -0, 5],
      [-1e-9, NaN, Infinity, [1]],
    ],
    [
      'checkFinite',
      (n) => checkFinite('f', { n }),
      'a finite number',
      [0, -5, 1e308],
      [NaN, Infinity, -Infinity, '0', true],
    ],
    ['checkShare', (n) => checkShare('f', { n }), 'a number in [0, 1]', [0, 0.5, 1], [-0.1, 1.1, NaN, '0.5']],
    ['checkFlag', (n) => checkFlag('f', { n }), 'true or false', [true, false], [0, 1, 'true', undefined]],
    ['checkIn', (n) => checkIn('f', { n }, [1, 2, 'auto']), 'one of 1, 2, "auto"', [1, 2, 'auto'], [3, '1', undefined]],
    ['checkNotEmpty', (n) => checkNotEmpty('f', { n: n as [] }), 'not empty', [[0], 'a'], [[], '', new Uint8Array(0)]],
    [
      'checkLength',
      (n) => checkLength('f', { n: n as [] }, 2, 'one per row'),
      'of length 2, one per row',
      [[0, 1], new Uint8Array(2)],
      [[], [1], [1, 2, 3]],
    ],
    [
      'checkInterval, one end out',
      (n) => checkInterval('f', { n }, '(0, 1]'),
      'a number in (0, 1]',
      [1e-300, 1],
      [0, 1.1, NaN, '1'],
    ],
    [
      'checkInterval, the other end out',
      (n) => checkInterval('f', { n }, '[-1, 0.5)'),
      'a number in [-1, 0.5)',
      [-1, 0.49],
      [0.5, -1.1, undefined],
    ],
    ['checkIntegerIn', (n) => checkIntegerIn('f', { n }, [1, 3]), 'an integer in 1 .. 3', [1, 2, 3], [0, 4, 1.5, '2']],
    [
      'checkIntegerIn, without an end',
      (n) => checkIntegerIn('f', { n }, [2, Infinity]),
      'an integer >= 2',
      [2, 2 ** 40],
      [1, 2.5, Infinity, 2 ** 53],
    ],
    [
      'checkShape, every axis',
      (n) => checkShape('f', { n: n as rules.Shaped }, ['B', 4]),
      'of shape [B, 4]',
      [shaped(0, 4), shaped(2, 4)],
      [shaped(4), shaped(2, 3), shaped(2, 4, 4), shaped(), undefined, null, {}],
    ],
    [
      'checkShape, any axes in the middle',
      (n) => checkShape('f', { n: n as rules.Shaped }, ['B', '...', 3, 'C']),
      'of shape [B, ..., 3, C]',
      [shaped(1, 3, 5), shaped(1, 7, 3, 5), shaped(1, 7, 8, 3, 5)],
      [shaped(3, 5), shaped(1, 5, 3), shaped(1, 3, 7, 5)],
    ],
    [
      'checkShape, any axes in front',
      (n) => checkShape('f', { n: n as rules.Shaped }, ['...', 2]),
      'of shape [..., 2]',
      [shaped(2), shaped(3, 2)],
      [shaped(), shaped(2, 3)],
    ],
    [
      'checkDtype',
      (n) => checkDtype('f', { n: n as { dtype: string } }, 'float32'),
      'of dtype float32',
      [shaped(1)],
      [{ dtype: 'int32' }, undefined],
    ],
  ])('%s accepts and refuses with one sentence', (_, run, rule, good, bad) => {
    for (const value of good) expect(() => run(value)).not.toThrow();
    for (const value of bad) expect(() => run(value)).toThrow(`f: n must be ${rule}, got `);
  });

  it('name the first of several parameters that breaks the rule', () => {
    expect(() => checkPositive('edm', { sigmaData: 0.5, pStd: 0, pMean: -1 })).toThrow(
      'edm: pStd must be a finite number > 0, got 0',
    );
  });

  it('name the number that is not finite', () => {
    expect(() => checkAllFinite('f', { mean: [0, 1], covariance: Float32Array.of(1e30, 0) })).not.toThrow();
    for (const [bad, shown] of [
      [NaN, 'NaN'],
      [-Infinity, '-Infinity'],
    ] as const) {
      const run = () => checkAllFinite('f', { mean: [0, 1], covariance: Float32Array.of(1, 0, bad) });
      expect(run).toThrow(`f: covariance[2] must be a finite number, got ${shown}`);
    }
  });

  it('name the number that is no integer in the range', () => {
    expect(() => checkAllIntegers('f', { labels: [0, 9], others: Int32Array.of(3) }, 0, 9)).not.toThrow();
    for (const bad of [-1, 10, 0.5, NaN]) {
      const run = () => checkAllIntegers('f', { labels: [0, bad] }, 0, 9);
      expect(run).toThrow(`f: labels[1] must be an integer in 0 .. 9, got ${bad}`);
    }
    expect(() => checkAllIntegers('f', { shots: [0] }, 1)).toThrow('f: shots[0] must be a positive integer, got 0');
  });

  it('name the first of several parameters that breaks the rule', () => {
    expect(() => checkPositive('edm', { sigmaData: 0.5, pStd: 0, pMean: -1 })).toThrow(
      'edm: pStd must be a finite number > 0, got 0',
    );
  });
});
