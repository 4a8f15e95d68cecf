import { describe, expect, it } from 'vitest';
import * as rules from './index.ts';

const { checkCount, checkFinite, checkFlag, checkIn, checkIndex, checkNonNegative, checkPositive, checkShare } = rules;

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
