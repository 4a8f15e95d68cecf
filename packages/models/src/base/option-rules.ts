import { rules, type Rule } from '@diptych/formats/errors';

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

/** Rules of options that several blocks have. */
export const blockRules = {
  /** Height, width and channels. */
  image: {
    words: '[height, width, channels], positive integers',
    holds: (value) => Array.isArray(value) && value.length === 3 && value.every(isCount),
  },
  /** Height and width of a kernel. */
  kernelSize: { words: 'an odd positive integer', holds: (value) => isCount(value) && (value as number) % 2 === 1 },
  evenCount: { words: 'an even positive integer', holds: (value) => isCount(value) && (value as number) % 2 === 0 },
  counts: rules.list(rules.count),
  indices: rules.list(rules.index),
  /** Taps of a filter along each axis. */
  filter: {
    words: 'an even number of finite numbers',
    holds: (value) =>
      Array.isArray(value) && value.length > 0 && value.length % 2 === 0 && value.every(Number.isFinite),
  },
  /** Of dropout: a probability below 1. */
  rate: rules.interval('[0, 1)'),
  resampleDirection: rules.oneOf('up', 'down'),
} as const satisfies Readonly<Record<string, Rule>>;

/** Of an option that must be given. */
export const needed = rules.required;
