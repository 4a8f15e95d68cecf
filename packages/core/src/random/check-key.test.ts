import { checkOptions, rules } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';
import { checkKey, keyRule } from './check-key.ts';
import { foldIn, key, split } from './key.ts';

describe('checkKey()', () => {
  it.each([key(0), key(-1), foldIn(key(3), 2 ** 40), ...split(key(7))])(
    'accepts what key(), foldIn() and split() give',
    (...given) => {
      expect(() => checkKey('sample', given)).not.toThrow();
    },
  );

  it.each<[unknown, string]>([
    [42, 'sample: key must be a key, such as key(42), got 42'],
    [-3, 'sample: key must be a key, such as key(-3), got -3'],
    [0.5, 'sample: key must be a key, such as key(0), got 0.5'],
    ['abc', 'sample: key must be a key, such as key(0), got "abc"'],
    [undefined, 'sample: key must be a key, such as key(0), got undefined'],
    [[1], 'sample: key must be a key, such as key(0), got [1]'],
    [[1, 2 ** 32], 'sample: key must be a key, such as key(0), got [1, 4294967296]'],
    [[1, -1], 'sample: key must be a key, such as key(0), got [1, -1]'],
    [[1, '2'], 'sample: key must be a key, such as key(0), got [1, "2"]'],
  ])('refuses %j', (given, message) => {
    expect(() => checkKey('sample', given)).toThrow(message);
    const options = { key: given };
    expect(() => checkOptions('sample', options, { key: rules.required(keyRule) })).toThrow(message);
  });
});
