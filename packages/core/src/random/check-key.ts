import { checkRule, type Rule } from '@diptych/formats/errors';
import type { Key } from './key.ts';

const isWord = (word: unknown) => Number.isInteger(word) && (word as number) >= 0 && (word as number) < 2 ** 32;
const wordsFor = (value: unknown) => `a key, such as key(${Number.isSafeInteger(value) ? String(value) : '0'})`;

/**
 * The rule of a key, for `checkOptions`: two 32-bit words, as `key`, `split` and `foldIn` give them.
 *
 * @example
 * checkOptions('sample', options, { key: rules.required(keyRule) });
 */
export const keyRule: Rule = {
  words: wordsFor(0),
  wordsFor,
  holds: (value) => Array.isArray(value) && value.length === 2 && value.every(isWord),
};

/**
 * Checks that a value is a key, not a seed: a number or a string would draw constant noise.
 *
 * @throws DiptychError if it is not; of 42 the message says that `key(42)` is one
 * @example
 * checkKey('sample', key);
 */
export function checkKey(where: string, key: unknown, parameter = 'key'): asserts key is Key {
  checkRule(where, parameter, keyRule, key);
}
