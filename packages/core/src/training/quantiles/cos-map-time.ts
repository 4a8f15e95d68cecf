/**
 * The flow time whose log SNR is that of the cosine schedule at u: t = 1 - 1/(tan(pi u/2) + 1).
 *
 * @see Esser et al. 2024, eq. 21
 * @example const sigmaQuantile = (u: number) => flowSchedule().sigma(cosMapTime(u));
 */
export const cosMapTime = (u: number): number => 1 - 1 / (Math.tan((Math.PI * u) / 2) + 1);

/** The density of `cosMapTime`, 2/(pi (1 - 2t + 2t^2)); also used as a weight of the velocity loss. */
export const cosMapDensity = (t: number): number => 2 / (Math.PI * (1 - 2 * t + 2 * t * t));
