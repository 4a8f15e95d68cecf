import { describe, expect, it } from 'vitest';
import * as rules from './index.ts';

const { checkCount, checkFinite, checkFlag, checkIn, checkIndex, checkNonNegative, checkPositive, checkShare } = rules;
const { checkDtype, checkIntegerIn, checkInterval, checkShape } = rules;

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
});
