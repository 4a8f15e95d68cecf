import { checkOptions, rules } from '@diptych/formats/errors';
import { normalQuantile } from '../../numeric/normal-distribution.ts';
import type { Quantile } from './quantile.ts';

export interface SplitLogNormalOptions {
  /** Mode of ln sigma. Default -1.2. */
  mean?: number;
  /** Standard deviation below the mode. Default 1.2. */
  stdBelow?: number;
  /** Standard deviation above the mode. Default 1.2. */
  stdAbove?: number;
}

/**
 * Quantile function of a log-normal density with another width on each side of its mode, where the halves meet.
 *
 * @throws DiptychError if a width is not finite and > 0
 * @see k-diffusion (Crowson 2022), utils.py, rand_split_log_normal
 * @example
 * const quantile = splitLogNormal({ stdBelow: 0.9, stdAbove: 1.5 });
 */
export function splitLogNormal(options: SplitLogNormalOptions = {}): Quantile {
  const {
    mean = -1.2,
    stdBelow = 1.2,
    stdAbove = 1.2,
  } = checkOptions('splitLogNormal', options, {
    mean: rules.finite,
    stdBelow: rules.positive,
    stdAbove: rules.positive,
  });
  const below = stdBelow / (stdBelow + stdAbove);
  return (u) =>
    Math.exp(
      u < below
        ? mean + stdBelow * normalQuantile(u / (2 * below))
        : mean + stdAbove * normalQuantile((1 + (u - below) / (1 - below)) / 2),
    );
}
