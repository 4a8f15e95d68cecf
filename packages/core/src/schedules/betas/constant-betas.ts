import { checkCount, checkInterval } from '@diptych/formats/errors';
import { linearBetas } from './linear-betas.ts';

/**
 * The same beta in every step.
 *
 * @throws DiptychError if T is not an integer >= 1, or beta not in (0, 1)
 * @see Ho et al. 2020, code of the paper ("const"), arXiv:2006.11239
 * @example
 * constantBetas(100, 0.02);
 */
export function constantBetas(T = 1000, beta = 0.02): number[] {
  checkCount('constantBetas', { T });
  checkInterval('constantBetas', { beta }, '(0, 1)');
  return linearBetas(T, { start: beta, end: beta });
}
