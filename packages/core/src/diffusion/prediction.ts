import { checkFinite, checkPositive } from '@diptych/formats/errors';

/**
 * What a network predicts, as a mix of data and noise: for x_t = alpha x0 + sigma n it is a x0 + b n. Noise is sigma of the
 * scaled state here, so sigma/alpha in variance-exploding coordinates.
 */
export type Prediction = (alpha: number, sigma: number) => readonly [a: number, b: number];

/**
 * The noise n.
 *
 * @see Ho et al. 2020, eq. 14, arXiv:2006.11239
 * @example
 * scheduledDiffusion(vpSchedule(), { prediction: predictEpsilon });
 */
export const predictEpsilon: Prediction = (alpha, sigma) => {
  checkFinite('predictEpsilon', { alpha, sigma });
  return [0, 1];
};

/**
 * The data x0.
 *
 * @example
 * convertPrediction(predictV, predictX0, alpha, sigma);
 */
export const predictX0: Prediction = (alpha, sigma) => {
  checkFinite('predictX0', { alpha, sigma });
  return [1, 0];
};

/**
 * v = alpha n - sigma x0.
 *
 * @see Salimans and Ho 2022, section 4, arXiv:2202.00512
 * @example
 * scheduledDiffusion(cosineSchedule(), { prediction: predictV });
 */
export const predictV: Prediction = (alpha, sigma) => {
  checkFinite('predictV', { alpha, sigma });
  return [-sigma, alpha];
};

/**
 * The velocity of a straight flow, n - x0.
 *
 * @see Lipman et al. 2023, eq. 23, arXiv:2210.02747
 * @example
 * scheduledDiffusion(flowSchedule(), { prediction: predictVelocity });
 */
export const predictVelocity: Prediction = (alpha, sigma) => {
  checkFinite('predictVelocity', { alpha, sigma });
  return [-1, 1];
};

/**
 * The gradient of the log density of x_t, -n/sigma.
 *
 * @see Song et al. 2021, eq. 7, arXiv:2011.13456
 * @example
 * convertPrediction(predictScore, predictEpsilon, alpha, sigma);
 */
export const predictScore: Prediction = (alpha, sigma) => {
  checkFinite('predictScore', { alpha, sigma });
  return [0, -1 / sigma];
};

/**
 * F of EDM for data of standard deviation sigmaData.
 *
 * @see Karras et al. 2022, eq. 7 and 8, arXiv:2206.00364
 * @example
 * convertPrediction(predictF(0.5), predictX0, alpha, sigma);
 */
export function predictF(sigmaData = 0.5): Prediction {
  checkPositive('predictF', { sigmaData });
  return (alpha, sigma) => {
    // F = (x0 - c_skip x)/c_out with x = x0 + s n.
    const s = sigma / alpha;
    const total = Math.hypot(s, sigmaData);
    return [s / (sigmaData * total), -sigmaData / total];
  };
}
