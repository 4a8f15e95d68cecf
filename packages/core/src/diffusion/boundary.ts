import { check, checkFinite, checkNonNegative, checkOptions, rules } from '@diptych/formats/errors';

export interface Boundary {
  cSkip: number;
  cOut: number;
}

/**
 * The scalings that make a consistency function exact at its boundary, f(x; sigma_min) = x, in f = c_skip x + c_out F: with
 * e = sigma - sigma_min, c_skip = d^2/(e^2 + d^2), c_out = e d/sqrt(sigma^2 + d^2). For a consistency model d is sigma_data. Latent
 * consistency models take `latentBoundary`.
 *
 * @throws DiptychError if sigma < sigmaMin
 * @see Song et al. 2023, "Consistency models", appendix C, arXiv:2303.01469
 * @example
 * consistencyBoundary(0.002); // { cSkip: 1, cOut: 0 }
 */
export function consistencyBoundary(sigma: number, options: { sigmaData?: number; sigmaMin?: number } = {}): Boundary {
  const { sigmaData = 0.5, sigmaMin = 0.002 } = checkOptions('consistencyBoundary', options, {
    sigmaData: rules.positive,
    sigmaMin: rules.nonNegative,
  });
  checkFinite('consistencyBoundary', { sigma });
  check(sigma >= sigmaMin, 'consistencyBoundary', 'sigma', '>= sigmaMin', sigma);
  const e = sigma - sigmaMin;
  return {
    cSkip: sigmaData ** 2 / (e ** 2 + sigmaData ** 2),
    cOut: (e * sigmaData) / Math.hypot(sigma, sigmaData),
  };
}

/**
 * The boundary scalings of latent consistency models, on x_t and on the estimate of x0: with s = timestepScaling t,
 * c_skip = d^2/(s^2 + d^2), c_out = s/sqrt(s^2 + d^2).
 *
 * @see Luo et al. 2023, "Latent consistency models", section 4.1, arXiv:2310.04378
 * @example
 * latentBoundary(0); // { cSkip: 1, cOut: 0 }
 */
export function latentBoundary(
  timestep: number,
  options: { sigmaData?: number; timestepScaling?: number } = {},
): Boundary {
  const { sigmaData = 0.5, timestepScaling = 10 } = checkOptions('latentBoundary', options, {
    sigmaData: rules.positive,
    timestepScaling: rules.positive,
  });
  checkNonNegative('latentBoundary', { timestep });
  const s = timestep * timestepScaling;
  return { cSkip: sigmaData ** 2 / (s ** 2 + sigmaData ** 2), cOut: s / Math.hypot(s, sigmaData) };
}
