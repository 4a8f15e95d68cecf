import { check } from '@diptych/formats/errors';
import { checkRange } from '../schedules/checks.ts';

/** A time in which the ODE is solved: noise level and scale of the state over it, and their derivatives. */
export interface TimeCoordinate {
  /** The time of a noise level. */
  time(sigma: number): number;
  sigma(t: number): number;
  sigmaSlope(t: number): number;
  scale(t: number): number;
  scaleSlope(t: number): number;
}

/** sigma = t, no scaling: EDM's own choice. */
export const linearTime: TimeCoordinate = {
  time: (sigma) => sigma,
  sigma: (t) => t,
  sigmaSlope: () => 1,
  scale: () => 1,
  scaleSlope: () => 0,
};

/** sigma = sqrt(t), no scaling: the VE process of Song et al. */
export const squareRootTime: TimeCoordinate = {
  ...linearTime,
  time: (sigma) => sigma ** 2,
  sigma: Math.sqrt,
  sigmaSlope: (t) => 0.5 / Math.sqrt(t),
};

/** x_t = (1 - t) x0 + t n: flow matching. */
export const flowTime: TimeCoordinate = {
  time: (sigma) => sigma / (1 + sigma),
  sigma: (t) => t / (1 - t),
  sigmaSlope: (t) => (1 - t) ** -2,
  scale: (t) => 1 - t,
  scaleSlope: () => -1,
};

/** The VP process with linear beta, with its scaling or without. */
export function vpTime({ betaD = 19.9, betaMin = 0.1, scaled = true } = {}): TimeCoordinate {
  check(betaD > 0 && betaD + betaMin < Infinity, 'vpTime', 'betaD', 'finite and > 0', betaD);
  const sigma = (t: number) => Math.sqrt(Math.expm1((betaD * t ** 2) / 2 + betaMin * t));
  const sigmaSlope = (t: number) => ((betaMin + betaD * t) * (sigma(t) + 1 / sigma(t))) / 2;
  const scale = (t: number) => 1 / Math.hypot(1, sigma(t));
  return {
    // The root of a quadratic, in the form that keeps its digits near 0.
    time(level) {
      const log = Math.log1p(level ** 2);
      return (2 * log) / (betaMin + Math.sqrt(betaMin ** 2 + 2 * betaD * log));
    },
    sigma,
    sigmaSlope,
    scale: scaled ? scale : () => 1,
    scaleSlope: scaled ? (t) => -sigma(t) * sigmaSlope(t) * scale(t) ** 3 : () => 0,
  };
}

/** The geometric VE process of Song et al., t in [0, 1]: sigma = sigma_min (sigma_max/sigma_min)^t, no scaling. */
export function geometricTime({ sigmaMin = 0.02, sigmaMax = 100 } = {}): TimeCoordinate {
  checkRange('geometricTime', sigmaMin, sigmaMax);
  const rate = Math.log(sigmaMax / sigmaMin);
  const sigma = (t: number) => sigmaMin * Math.exp(rate * t);
  return {
    ...linearTime,
    time: (level) => Math.log(level / sigmaMin) / rate,
    sigma,
    sigmaSlope: (t) => rate * sigma(t),
  };
}

/** The sub-VP process: the scale of `vpTime`, less noise, sigma = 1/s - s. @see Song et al. 2021, eq. 13 */
export function subVpTime({ betaD = 19.9, betaMin = 0.1 } = {}): TimeCoordinate {
  const { scale, scaleSlope, time } = vpTime({ betaD, betaMin });
  return {
    time: (level) => time(Math.sqrt((level * (level + Math.hypot(level, 2))) / 2)),
    sigma: (t) => 1 / scale(t) - scale(t),
    sigmaSlope: (t) => -scaleSlope(t) * (scale(t) ** -2 + 1),
    scale,
    scaleSlope,
  };
}
