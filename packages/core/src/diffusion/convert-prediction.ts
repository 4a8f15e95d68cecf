import { check, checkFunction, checkNonNegative, checkPositive, rules } from '@diptych/formats/errors';
import type { Prediction } from './prediction.ts';

/**
 * One prediction from another: `to` = state x_t + output y, where y is the prediction `from` at x_t = alpha x0 + sigma n.
 *
 *     x0 = (y - b/sigma x_t)/(a - b alpha/sigma),   n = (x_t - alpha x0)/sigma,   to = a' x0 + b' n
 *
 * @throws DiptychError if sigma is not > 0, or the prediction does not determine x0 (noise where no signal is left)
 * @see Karras et al. 2022, appendix B.1, arXiv:2206.00364; Kingma and Gao 2023, "Understanding diffusion objectives", appendix D,
 * arXiv:2303.00848
 * @example
 * const { state, output } = convertPrediction(predictV, predictEpsilon, 0.6, 0.8);
 */
export function convertPrediction(
  from: Prediction,
  to: Prediction,
  alpha: number,
  sigma: number,
): { state: number; output: number } {
  checkFunction('convertPrediction', { from, to });
  checkNonNegative('convertPrediction', { alpha });
  checkPositive('convertPrediction', { sigma });
  const [a, b] = weightsOf(from, 'from', alpha, sigma);
  const slope = a - (b * alpha) / sigma;
  check(slope !== 0, 'convertPrediction', 'alpha', '> 0 where the prediction is noise alone', alpha);
  const x0 = { state: -b / sigma / slope, output: 1 / slope };
  const [a2, b2] = weightsOf(to, 'to', alpha, sigma);
  const onX0 = a2 - (b2 * alpha) / sigma;
  return { state: onX0 * x0.state + b2 / sigma, output: onX0 * x0.output };
}

function weightsOf(prediction: Prediction, name: string, alpha: number, sigma: number): readonly [number, number] {
  const weights: unknown = prediction(alpha, sigma);
  const isPair = rules.numbers.holds(weights) && (weights as number[]).length === 2;
  check(isPair, 'convertPrediction', name, 'a function to two finite numbers, the weights of x0 and noise', weights);
  return weights as [number, number];
}
