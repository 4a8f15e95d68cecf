import { checkPositive } from '@diptych/formats/errors';

/**
 * Min-SNR without the kink, weight of |D - x0|^2: snr gamma/(snr + gamma) = 1/(sigma^2 + 1/gamma).
 *
 * @throws DiptychError if gamma is not finite and > 0
 * @see Crowson et al. 2024, "Scalable high-resolution pixel-space image synthesis with hourglass diffusion transformers", section 3.6,
 * arXiv:2401.11605
 * @example
 * const diffusion = { ...edm(), weight: softMinSnr(4) };
 */
export function softMinSnr(gamma = 5): (sigma: number) => number {
  checkPositive('softMinSnr', { gamma });
  return (sigma) => 1 / (sigma ** 2 + 1 / gamma);
}
