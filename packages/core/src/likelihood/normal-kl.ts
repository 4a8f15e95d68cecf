/**
 * KL(N(mean1, e^logVar1) || N(mean2, e^logVar2)) of one dimension, nats.
 *
 * @see Ho et al. 2020, eq. 5
 * @example normalKl(0, 0, 1, 0); // 0.5
 */
export function normalKl(mean1: number, logVar1: number, mean2: number, logVar2: number): number {
  return (-1 + logVar2 - logVar1 + Math.exp(logVar1 - logVar2) + (mean1 - mean2) ** 2 * Math.exp(-logVar2)) / 2;
}

/**
 * ln N(x; mean, e^(2 logScale)) of one dimension, nats.
 *
 * @example gaussianLogDensity(0, 0, 0); // -0.919
 */
export function gaussianLogDensity(x: number, mean: number, logScale: number): number {
  return -(((x - mean) * Math.exp(-logScale)) ** 2) / 2 - logScale - Math.log(2 * Math.PI) / 2;
}
