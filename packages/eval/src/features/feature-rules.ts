import { rules, type Rule } from '@diptych/formats/errors';

/** Rules of rows and moments, apart from the others, so that a metric alone is small. */
export const featureRules = {
  /** An array that another check goes through. */
  numbers: { ...rules.array, words: 'an array of numbers' },
  rows: rules.having('feature rows { rows, dims }', 'rows', 'dims'),
  /** What has a width: rows, moments, a source, a classifier. */
  sized: rules.having('feature rows { rows, dims }, or what else has dims', 'dims'),
  moments: rules.having('moments { count, dims, mean, covariance }', 'mean', 'covariance'),
} satisfies Record<string, Rule>;
