import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { checkRange, rangeRules } from '../schedules/check-range.ts';
import { roundHalfEven } from '../numeric/round-half-even.ts';

export interface IddpmSigmasOptions {
  /** Levels below are not used. Default 0.002. */
  sigmaMin?: number;
  /** Levels above are not used. Default 81. */
  sigmaMax?: number;
}

export interface IddpmLevelsOptions {
  /** No step keeps a smaller share of the signal power. Default 0.001. */
  c1?: number;
  /** Offset of the cosine. Default 0.008. */
  c2?: number;
  /** Number of levels M. Default 1000. */
  levels?: number;
}

/** What holds for them. */
export const iddpmLevelsRules = { c1: rules.interval('(0, 1)'), c2: rules.nonNegative, levels: rules.count } as const;

/**
 * The M + 1 noise levels of improved DDPM as EDM counts them, u_0 the noisiest, u_M = 0:
 *
 *     u_{j-1} = sqrt((u_j^2 + 1)/max(alphaBar_{j-1}/alphaBar_j, C_1) - 1),   alphaBar_j = sin^2(pi/2 j/(M (C_2 + 1)))
 *
 * @throws DiptychError if levels is not an integer >= 1
 * @see Karras et al. 2022, table 1 and appendix C.3.3, arXiv:2206.00364
 * @example
 * iddpmLevels()[0]; // 20291
 */
export function iddpmLevels(options: IddpmLevelsOptions = {}): number[] {
  const { c1 = 0.001, c2 = 0.008, levels = 1000 } = checkOptions('iddpmLevels', options, iddpmLevelsRules);
  const alphaBar = (j: number) => Math.sin(((Math.PI / 2) * j) / levels / (c2 + 1)) ** 2;
  const u = [0];
  for (let j = levels; j > 0; j--) {
    u.push(Math.sqrt((u.at(-1)! ** 2 + 1) / Math.max(alphaBar(j - 1) / alphaBar(j), c1) - 1));
  }
  return u.reverse();
}

/**
 * n levels of improved DDPM between sigmaMin and sigmaMax, evenly spaced by index, then 0.
 *
 * @throws DiptychError if n is not an integer >= 1, the range is empty, or has fewer than n levels
 * @see Karras et al. 2022, table 1 (column iDDPM), arXiv:2206.00364
 * @example
 * iddpmSigmas(18);
 */
export function iddpmSigmas(n: number, options: IddpmSigmasOptions & IddpmLevelsOptions = {}): number[] {
  const {
    sigmaMin = 0.002,
    sigmaMax = 81,
    ...chain
  } = checkOptions('iddpmSigmas', options, { ...iddpmLevelsRules, ...rangeRules });
  checkCount('iddpmSigmas', { n });
  checkRange('iddpmSigmas', sigmaMin, sigmaMax);
  const levels = iddpmLevels(chain).filter((u) => u >= sigmaMin && u <= sigmaMax);
  check(n <= levels.length, 'iddpmSigmas', 'n', `<= ${levels.length}, the levels in range`, n);
  const stride = (levels.length - 1) / Math.max(1, n - 1);
  return [...Array.from({ length: n }, (_, i) => levels[roundHalfEven(stride * i)]), 0];
}
