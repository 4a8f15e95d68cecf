import { checkBetas } from './discrete-schedule.ts';

/**
 * Rescales betas so that the noisiest step keeps no signal at all: sqrt(alphaBar) is shifted by its last value and scaled
 * so that its first stays. The last beta becomes 1.
 *
 * @throws DiptychError if betas are not at least two numbers in (0, 1)
 * @see Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", algorithm 1, arXiv:2305.08891
 * @example
 * const schedule = discreteSchedule(zeroTerminalSnr(linearBetas()));
 */
export function zeroTerminalSnr(betas: readonly number[]): number[] {
  checkBetas('zeroTerminalSnr', betas, 2);
  let product = 1;
  const roots = betas.map((beta) => Math.sqrt((product *= 1 - beta)));
  const [first, last] = [roots[0], roots.at(-1)!];
  const alphaBars = roots.map((root) => (((root - last) * first) / (first - last)) ** 2);
  return alphaBars.map((alphaBar, i) => 1 - alphaBar / (i === 0 ? 1 : alphaBars[i - 1]));
}
