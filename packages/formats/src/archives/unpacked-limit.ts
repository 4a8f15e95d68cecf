import { type OptionRules, rules } from '../errors/index.ts';

/** The rules of the options that all archives share. */
export const archiveRules: OptionRules<{ name?: string; maxBytes?: number }> = {
  name: rules.text,
  maxBytes: { words: 'a number >= 0', holds: (value) => typeof value === 'number' && value >= 0 },
};

/** What a file of this size may unpack to unless its reader says otherwise: a small file shall not fill the memory. */
export const unpackedLimit = (bytes: number): number => Math.min(2 ** 31, 2 ** 27 + 64 * bytes);
