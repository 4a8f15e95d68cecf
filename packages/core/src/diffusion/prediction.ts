/**
 * What a network predicts, as a mix of data and noise: for x_t = alpha x0 + sigma n it is a x0 + b n. Noise is sigma of the
 * scaled state here, so sigma/alpha in variance-exploding coordinates.
 */
export type Prediction = (alpha: number, sigma: number) => readonly [a: number, b: number];

/** The noise n. @see Ho et al. 2020, eq. 14 */
export const predictEpsilon: Prediction = () => [0, 1];

/** The data x0. */
export const predictX0: Prediction = () => [1, 0];

/** v = alpha n - sigma x0. @see Salimans and Ho 2022, section 4 */
export const predictV: Prediction = (alpha, sigma) => [-sigma, alpha];

/** The velocity of a straight flow, n - x0. @see Lipman et al. 2023, eq. 23 */
export const predictVelocity: Prediction = () => [-1, 1];

/** The gradient of the log density of x_t, -n/sigma. @see Song et al. 2021, eq. 7 */
export const predictScore: Prediction = (_, sigma) => [0, -1 / sigma];

/** F of EDM for data of standard deviation sigmaData. @see Karras et al. 2022, eq. 7 and 8 */
export const predictF =
  (sigmaData = 0.5): Prediction =>
  (alpha, sigma) => {
    // F = (x0 - c_skip x)/c_out with x = x0 + s n.
    const s = sigma / alpha;
    const total = Math.hypot(s, sigmaData);
    return [s / (sigmaData * total), -sigmaData / total];
  };
