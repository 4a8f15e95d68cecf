import { check, checkCount, checkRule, rules } from '@diptych/formats/errors';

/**
 * A grid of n steps from a published list of noise levels, interpolated linearly in ln sigma over the position in the list; the last level
 * becomes 0. This is how grids such as Align Your Steps are used at other numbers of steps.
 *
 * @throws DiptychError if n is not an integer >= 1, or levels are not at least two, positive and strictly decreasing
 * @see Sabour et al. 2024, "Align your steps", arXiv:2404.14507
 * @example
 * interpolatedSigmas(18, alignYourSteps.sd1);
 */
export function interpolatedSigmas(n: number, levels: readonly number[]): number[] {
  checkCount('interpolatedSigmas', { n });
  checkRule('interpolatedSigmas', 'levels', rules.array, levels);
  const valid = levels.length >= 2 && levels.every((level, i) => level > 0 && level < (levels[i - 1] ?? Infinity));
  check(valid, 'interpolatedSigmas', 'levels', 'at least two, positive, strictly decreasing', levels);
  const sigmas = Array.from({ length: n }, (_, i) => {
    const at = (i * (levels.length - 1)) / n;
    const low = Math.floor(at);
    return levels[low] ** (1 - (at - low)) * levels[low + 1] ** (at - low);
  });
  return [...sigmas, 0];
}
