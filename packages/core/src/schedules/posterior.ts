import { checkFinite, checkIntegerIn } from '@diptych/formats/errors';
import { checkChain, type DiscreteSchedule } from './discrete-schedule.ts';

/** q(x_{t-1} | x_t, x0) = N(onX0 x0 + onState x_t, variance I) of the scaled state. */
export interface Posterior {
  onX0: number;
  onState: number;
  /** "Fixed small": beta_t (1 - alphaBar_{t-1})/(1 - alphaBar_t); 0 at t = 0. */
  variance: number;
  /** ln variance, at t = 0 that of t = 1 in place of -Infinity; ln beta in a chain of one step. */
  logVariance: number;
}

/**
 * The posterior of the forward chain, the target of the reverse chain.
 *
 * @throws DiptychError if t is not a timestep of the chain
 * @see Ho et al. 2020, eq. 6 and 7, arXiv:2006.11239
 * @example
 * posterior(discreteSchedule(linearBetas()), 500).variance;
 */
export function posterior(chain: DiscreteSchedule, t: number): Posterior {
  const { betas, alphasCumprod } = checkChain('posterior', chain);
  checkIntegerIn('posterior', { t }, [0, betas.length - 1]);
  const before = (t: number) => (t > 0 ? alphasCumprod[t - 1] : 1);
  const varianceAt = (t: number) => (betas[t] * (1 - before(t))) / (1 - alphasCumprod[t]);
  const beta = betas[t];
  return {
    onX0: (beta * Math.sqrt(before(t))) / (1 - alphasCumprod[t]),
    onState: ((1 - before(t)) * Math.sqrt(1 - beta)) / (1 - alphasCumprod[t]),
    variance: varianceAt(t),
    logVariance: Math.log(betas.length === 1 ? beta : varianceAt(Math.max(t, 1))),
  };
}

/**
 * The variance of a reverse step between its smallest and its largest value, by an output v in [-1, 1] of the network:
 * ln variance = middle + v radius = (v + 1)/2 ln large + (1 - v)/2 ln small.
 *
 * @see Nichol and Dhariwal 2021, eq. 15, arXiv:2102.09672
 * @example
 * const { middle, radius } = logVarianceRange(Math.log(0.01), Math.log(0.02));
 */
export const logVarianceRange = (logSmall: number, logLarge: number): { middle: number; radius: number } => {
  checkFinite('logVarianceRange', { logSmall, logLarge });
  return { middle: (logSmall + logLarge) / 2, radius: (logLarge - logSmall) / 2 };
};
