import { checkFinite, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { normalCdf } from '../numeric/normal-distribution.ts';
import { standardized } from './normal-kl.ts';

export interface DiscretizedGaussianOptions {
  /** Distribution function. Default the exact `normalCdf`; published bounds use `tanhNormalCdf`. */
  cdf?: (z: number) => number;
}

/**
 * The approximation of the normal distribution function in published code: (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3)))/2.
 *
 * @example
 * discretizedGaussian(x, mean, logScale, { cdf: tanhNormalCdf });
 */
export const tanhNormalCdf = (z: number): number => {
  checkRule('tanhNormalCdf', 'z', rules.number, z);
  return (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))) / 2;
};

/**
 * ln probability, nats, of the bin of an 8-bit value x = 2 v/255 - 1 under N(mean, e^(2 logScale)): bins of width 2/255, those of 0
 * and 255 open to infinity; no less than ln 1e-12.
 *
 * @see Ho et al. 2020, eq. 13, arXiv:2006.11239
 * @example
 * discretizedGaussian(-1, -1, -3);
 */
export function discretizedGaussian(
  x: number,
  mean: number,
  logScale: number,
  options: DiscretizedGaussianOptions = {},
): number {
  const { cdf = normalCdf } = checkOptions('discretizedGaussian', options, { cdf: rules.callback });
  checkFinite('discretizedGaussian', { x, mean });
  checkRule('discretizedGaussian', 'logScale', rules.number, logScale);
  // Both distribution functions are odd about 1/2: from the side where they are small, differences keep their digits.
  const side = x > mean ? -1 : 1;
  const z = (edge: number) => standardized(side * (x - mean + edge), logScale);
  const [low, high] = [x < -0.999 ? -Infinity * side : z(-1 / 255), x > 0.999 ? Infinity * side : z(1 / 255)];
  return Math.log(Math.max(side * (cdf(high) - cdf(low)), 1e-12));
}
