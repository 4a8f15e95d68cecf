import { check, checkOptions, rules } from '@diptych/formats/errors';
import { checkTimesteps } from './check-timesteps.ts';

export interface LeadingTimestepsOptions {
  /** Added to every timestep; Stable Diffusion takes 1. Default 0. */
  offset?: number;
  /** Has 0 (plus offset) among the n; false counts one stride further (as DPM-Solver has it), and takes n < T. Default true. */
  includeZero?: boolean;
}

/**
 * n timesteps of a chain of T with the whole stride floor(T/n), noisiest first: the noisiest levels of the chain are left out.
 *
 * @throws DiptychError if not 1 <= n <= T are integers, without 0 n < T, and the offset keeps timesteps below T
 * @see Lin et al. 2023, table 2, arXiv:2305.08891
 * @example
 * leadingTimesteps(5); // [800, 600, 400, 200, 0]
 */
export function leadingTimesteps(n: number, T = 1000, options: LeadingTimestepsOptions = {}): number[] {
  const { offset = 0, includeZero = true } = checkOptions('leadingTimesteps', options, {
    offset: rules.index,
    includeZero: rules.flag,
  });
  checkTimesteps('leadingTimesteps', n, T, includeZero);
  const stride = Math.floor(T / (includeZero ? n : n + 1));
  const first = stride * (includeZero ? n - 1 : n) + offset;
  const fits = first < T;
  check(fits, 'leadingTimesteps', 'offset', `an integer >= 0 that keeps timesteps < ${T}`, offset);
  return Array.from({ length: n }, (_, i) => first - i * stride);
}
