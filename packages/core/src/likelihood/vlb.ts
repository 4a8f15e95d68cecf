import { check, checkFinite, checkOptions, rules } from '@diptych/formats/errors';
import { checkChain, type DiscreteSchedule } from '../schedules/discrete-schedule.ts';
import { logVarianceRange, posterior } from '../schedules/posterior.ts';
import { discretizedGaussian, type DiscretizedGaussianOptions } from './discretized-gaussian.ts';
import { normalKl } from './normal-kl.ts';

/** ln of the reverse chain's variance at timestep t. */
export type LogVariance = (chain: DiscreteSchedule, t: number) => number;

/**
 * That of the posterior; at t = 0 that of t = 1.
 *
 * @see Ho et al. 2020, section 3.2, arXiv:2006.11239
 * @example
 * vlbTerm(chain, t, { x0, xt, predicted, logVariance: smallLogVariance(chain, t) });
 */
export const smallLogVariance: LogVariance = (chain, t) => posterior(chain, t).logVariance;

/**
 * That of the forward step, ln beta; at t = 0 `smallLogVariance`.
 *
 * @see Ho et al. 2020, section 3.2, arXiv:2006.11239
 * @example
 * vlbTerm(chain, t, { x0, xt, predicted, logVariance: largeLogVariance(chain, t) });
 */
export const largeLogVariance: LogVariance = (chain, t) => {
  const small = smallLogVariance(chain, t);
  return t === 0 ? small : Math.log(chain.betas[t]);
};

/**
 * Between small and ln beta, by an output v in [-1, 1] of the network.
 *
 * @see Nichol and Dhariwal 2021, eq. 15, arXiv:2102.09672
 * @example
 * const logVariance = rangeLogVariance(v)(chain, t);
 */
export function rangeLogVariance(v: number): LogVariance {
  checkFinite('rangeLogVariance', { v });
  return (chain, t) => {
    const { middle, radius } = logVarianceRange(smallLogVariance(chain, t), Math.log(chain.betas[t]));
    return middle + v * radius;
  };
}

/** One sample at one timestep, flattened. */
export interface VlbSample {
  /** The clean data, in [-1, 1]. */
  x0: ArrayLike<number>;
  /** The noisy state of the chain, scaled (variance preserving). */
  xt: ArrayLike<number>;
  /** The network's estimate of x0. */
  predicted: ArrayLike<number>;
  /** ln variance of the reverse step, one or one a dimension. */
  logVariance: number | ArrayLike<number>;
}

const sampleRules = {
  x0: rules.required(rules.numbers),
  xt: rules.required(rules.numbers),
  predicted: rules.required(rules.numbers),
  logVariance: rules.required(rules.either(rules.finite, rules.numbers)),
} as const;

/**
 * The term L_t of the variational bound, bits per dimension: KL of the forward posterior to the reverse step, or at t = 0 the negative
 * log likelihood of the data's 8-bit values.
 *
 * @throws DiptychError if the arrays differ in length
 * @see Ho et al. 2020, eq. 5, arXiv:2006.11239; Nichol and Dhariwal 2021, eq. 4 to 7, arXiv:2102.09672
 * @example
 * vlbTerm(chain, 500, { x0, xt, predicted, logVariance: smallLogVariance(chain, 500) });
 */
export function vlbTerm(
  chain: DiscreteSchedule,
  t: number,
  sample: VlbSample,
  options: DiscretizedGaussianOptions = {},
): number {
  const { x0, xt, predicted, logVariance } = checkOptions<VlbSample>('vlbTerm', sample, sampleRules, 'sample');
  checkOptions<DiscretizedGaussianOptions>('vlbTerm', options, { cdf: rules.callback });
  const n = x0.length;
  check(n > 0 && xt.length === n && predicted.length === n, 'vlbTerm', 'x0, xt, predicted', 'of one length', [
    n,
    xt.length,
    predicted.length,
  ]);
  const q = posterior(chain, t);
  let nats = 0;
  for (let i = 0; i < n; i++) {
    const mean = q.onX0 * predicted[i] + q.onState * xt[i];
    const logVar = typeof logVariance === 'number' ? logVariance : logVariance[i];
    nats +=
      t === 0
        ? -discretizedGaussian(x0[i], mean, logVar / 2, options)
        : normalKl(q.onX0 * x0[i] + q.onState * xt[i], q.logVariance, mean, logVar);
  }
  return nats / n / Math.LN2;
}

/**
 * The term L_T: KL of the last step of the forward chain to N(0, 1), bits per dimension.
 *
 * @see Ho et al. 2020, eq. 5, arXiv:2006.11239
 * @example
 * priorBits(discreteSchedule(linearBetas()), x0);
 */
export function priorBits(chain: DiscreteSchedule, x0: ArrayLike<number>): number {
  const { alphasCumprod } = checkChain('priorBits', chain);
  const some = rules.numbers.holds(x0) && x0.length > 0;
  check(some, 'priorBits', 'x0', 'an array of at least one finite number', x0);
  const last = alphasCumprod.at(-1)!;
  const nats = Array.from(x0, (x) => normalKl(Math.sqrt(last) * x, Math.log1p(-last), 0, 0));
  return nats.reduce((a, b) => a + b, 0) / x0.length / Math.LN2;
}
