import { checkPositive } from '@diptych/formats/errors';

/**
 * Min-SNR weight of |D - x0|^2: min(1/sigma^2, gamma).
 *
 * @throws DiptychError if gamma is not finite and > 0
 * @see Hang et al. 2023, "Efficient diffusion training via Min-SNR weighting strategy", section 3.4, arXiv:2303.09556
 * @example
 * const diffusion = { ...edm(), weight: minSnr(5) };
 */
export function minSnr(gamma = 5): (sigma: number) => number {
  checkPositive('minSnr', { gamma });
  return (sigma) => Math.min(sigma ** -2, gamma);
}
