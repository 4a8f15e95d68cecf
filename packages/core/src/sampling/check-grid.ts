import { check } from '@diptych/formats/errors';

/** The rules of a time grid that samplers walk: explicit, from noise to data. */
export function checkGrid(where: string, sigmas: readonly number[]): void {
  check(sigmas.length >= 2, where, 'sigmas', 'a grid of at least 2 noise levels', sigmas);
  check(sigmas.every(Number.isFinite), where, 'sigmas', 'finite', sigmas);
  check(sigmas.at(-1)! >= 0, where, 'sigmas', '>= 0', sigmas);
  const decreasing = sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1]);
  check(decreasing, where, 'sigmas', 'strictly decreasing', sigmas);
}
