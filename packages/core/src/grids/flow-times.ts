import { check, checkCount, checkInterval } from '@diptych/formats/errors';
import { linspace } from '../numeric/linspace.ts';

export interface FlowTimesOptions {
  /** Where sampling starts, before the shift. Default 1. */
  from?: number;
  /** The last time before 0, before the shift. Default from/n. */
  to?: number;
  /** Applied to every time, e.g. `(t) => timeShift(t, 3)`. Default none. */
  shift?: (t: number) => number;
  /** Stretches the grid so that its last time before 0 is this. Default no stretch. */
  terminal?: number;
}

/**
 * The times of a flow for n steps, n + 1 of them from noise (1) to data (0): evenly spaced, shifted, then stretched,
 * t' = 1 - (1 - t)(1 - terminal)/(1 - t_last).
 *
 * @throws DiptychError if n is not an integer >= 1, not 0 < to <= from <= 1, not to < from if n > 1, or terminal not in (0, 1)
 * @see Esser et al. 2024, section 5.3.2, arXiv:2403.03206; HaCohen et al. 2024, "LTX-Video" (terminal), arXiv:2501.00103
 * @example
 * flowTimes(4); // [1, 0.75, 0.5, 0.25, 0]
 */
export function flowTimes(n: number, { from = 1, to = from / n, shift, terminal }: FlowTimesOptions = {}): number[] {
  checkCount('flowTimes', { n });
  checkInterval('flowTimes', { from }, '(0, 1]');
  check(to > 0 && (to < from || (n === 1 && to === from)), 'flowTimes', 'to', 'in (0, from)', to);
  let times = linspace(from, to, n);
  if (shift) times = times.map((t) => shift(t));
  if (terminal !== undefined) {
    checkInterval('flowTimes', { terminal }, '(0, 1)');
    const stretch = (1 - terminal) / (1 - times.at(-1)!);
    if (n > 1) times = times.map((t) => 1 - (1 - t) * stretch);
  }
  return [...times, 0];
}
