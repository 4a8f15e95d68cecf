import { checkCount, checkOptions } from '@diptych/formats/errors';
import { alphaBarBetas, type AlphaBarBetasOptions, alphaBarRules } from './alpha-bar-betas.ts';

/**
 * The cosine schedule ("squaredcos_cap_v2"): `alphaBarBetas` of alphaBar(t) = cos^2((t + 0.008)/1.008 pi/2).
 *
 * @throws DiptychError if T is not an integer >= 1, or maxBeta not in (0, 1]
 * @see Nichol and Dhariwal 2021, eq. 17, arXiv:2102.09672
 * @example
 * const schedule = discreteSchedule(cosineBetas());
 */
export function cosineBetas(T = 1000, options: AlphaBarBetasOptions = {}): number[] {
  checkCount('cosineBetas', { T });
  checkOptions<AlphaBarBetasOptions>('cosineBetas', options, alphaBarRules);
  return alphaBarBetas(T, (t) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2, options);
}
