import { check, checkRule, rules } from '@diptych/formats/errors';
import { checkBetas } from '../discrete-schedule.ts';

/**
 * The betas of the shorter chain that visits only some timesteps of a longer one: beta_i = 1 - alphaBar(t_i)/alphaBar(t_{i-1}).
 *
 * @throws DiptychError if timesteps are not strictly ascending indices of betas
 * @see Nichol and Dhariwal 2021, eq. 19, arXiv:2102.09672
 * @example
 * const short = discreteSchedule(respacedBetas(linearBetas(), spaceTimesteps('ddim50')));
 */
export function respacedBetas(betas: readonly number[], timesteps: readonly number[]): number[] {
  checkBetas('respacedBetas', betas);
  checkRule('respacedBetas', 'timesteps', rules.array, timesteps);
  const valid = timesteps.every((t, i) => Number.isInteger(t) && t < betas.length && t > (timesteps[i - 1] ?? -1));
  check(valid && timesteps.length > 0, 'respacedBetas', 'timesteps', 'strictly ascending indices of betas', timesteps);
  let product = 1;
  const alphasCumprod = betas.map((beta) => (product *= 1 - beta));
  return timesteps.map((t, i) => 1 - alphasCumprod[t] / (i === 0 ? 1 : alphasCumprod[timesteps[i - 1]]));
}
