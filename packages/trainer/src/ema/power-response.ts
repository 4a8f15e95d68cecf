import { check } from '@diptych/formats/errors';
import { exponentOfStd } from './exponent-of-std.ts';

export interface PowerResponseOptions {
  /** Relative width of the profile. */
  std: number;
  /** Time at which the average was taken. */
  at: number;
  /** Times 0 ... length - 1 to show. */
  length: number;
}

/**
 * How much the weights of each time count in a power function average taken at time `at`: t^gamma up to then, 0 after,
 * with sum 1. For plots.
 *
 * @throws DiptychError on a width outside (0, 0.2887], or a time or length that is not positive.
 * @see Karras et al., arXiv 2312.02696, equation 120.
 * @example
 * powerResponse({ std: 0.1, at: 20, length: 24 });
 */
export function powerResponse({ std, at, length }: PowerResponseOptions): Float64Array {
  check(at > 0, 'powerResponse', 'options.at', '> 0', at);
  check(Number.isInteger(length) && length > 0, 'powerResponse', 'options.length', 'an integer from 1', length);
  const gamma = exponentOfStd(std);
  const response = Float64Array.from({ length }, (_, t) => (t <= at ? (t / at) ** gamma : 0));
  const sum = response.reduce((total, value) => total + value, 0);
  return response.map((value) => value / sum);
}
