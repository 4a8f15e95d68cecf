import { checkOptions, rules } from '@diptych/formats/errors';

export interface P2Options {
  /** Default 1. */
  k?: number;
  /** 0 is the plain noise loss. Default 1. */
  gamma?: number;
}

/**
 * P2 weight of |D - x0|^2: snr/(k + snr)^gamma, which is 1/(k + snr)^gamma on the noise.
 *
 * @throws DiptychError if k or gamma is negative or not finite
 * @see Choi et al. 2022, "Perception prioritized training of diffusion models", eq. 8, arXiv:2204.00227
 * @example
 * const diffusion = { ...edm(), weight: p2() };
 */
export function p2(options: P2Options = {}): (sigma: number) => number {
  const { k = 1, gamma = 1 } = checkOptions('p2', options, { k: rules.nonNegative, gamma: rules.nonNegative });
  return (sigma) => sigma ** -2 / (k + sigma ** -2) ** gamma;
}
