import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';

export interface ShiftForTokensOptions {
  /** Tokens of the smallest image, and its shift. Default 256 and 0.5. */
  baseTokens?: number;
  baseShift?: number;
  /** Tokens of the largest image, and its shift. Default 4096 and 1.15. */
  maxTokens?: number;
  maxShift?: number;
}

/**
 * The shift mu of an image of so many tokens, linear between two sizes; `timeShift` is given e^mu.
 *
 * @throws DiptychError if tokens is not an integer >= 1
 * @see the sampling code published with FLUX.1, whose numbers are the defaults
 * @example
 * const shift = (t: number) => timeShift(t, Math.exp(shiftForTokens(1024)));
 */
export function shiftForTokens(tokens: number, options: ShiftForTokensOptions = {}): number {
  const {
    baseTokens = 256,
    baseShift = 0.5,
    maxTokens = 4096,
    maxShift = 1.15,
  } = checkOptions('shiftForTokens', options, {
    baseTokens: rules.count,
    baseShift: rules.finite,
    maxTokens: rules.count,
    maxShift: rules.finite,
  });
  checkCount('shiftForTokens', { tokens });
  check(maxTokens > baseTokens, 'shiftForTokens', 'maxTokens', '> baseTokens', maxTokens);
  return baseShift + ((tokens - baseTokens) / (maxTokens - baseTokens)) * (maxShift - baseShift);
}
