import { checkCount } from '@diptych/formats/errors';

/**
 * beta = 1/T, 1/(T-1), ..., 1: the last step leaves no signal.
 *
 * @throws DiptychError if T is not an integer >= 1
 * @see Sohl-Dickstein et al. 2015, "Deep unsupervised learning using nonequilibrium thermodynamics", section 2.4.1, arXiv:1503.03585
 * @example
 * jsdBetas(4); // [1/4, 1/3, 1/2, 1]
 */
export function jsdBetas(T = 1000): number[] {
  checkCount('jsdBetas', { T });
  return Array.from({ length: T }, (_, i) => 1 / (T - i));
}
