import { check, checkCount, checkInterval, checkOptions, rules } from '@diptych/formats/errors';
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
export function flowTimes(n: number, options: FlowTimesOptions = {}): number[] {
  return checkedFlowTimes('flowTimes', n, options);
}

/** The same, under the name that the user called. */
export function checkedFlowTimes(where: string, n: number, options: FlowTimesOptions): number[] {
  checkOptions<FlowTimesOptions>(where, options, {
    from: rules.finite,
    to: rules.finite,
    shift: rules.callback,
    terminal: rules.interval('(0, 1)'),
  });
  checkCount(where, { n });
  const { from = 1, to = from / n, shift, terminal } = options;
  checkInterval(where, { from }, '(0, 1]');
  check(to > 0 && (to < from || (n === 1 && to === from)), where, 'to', 'in (0, from)', to);
  let times = linspace(from, to, n);
  if (shift) times = times.map((t) => shift(t));
  check(times.every(rules.share.holds), where, 'shift', 'a function from [0, 1] to [0, 1]', times);
  if (terminal !== undefined) {
    const stretch = (1 - terminal) / (1 - times.at(-1)!);
    if (n > 1) times = times.map((t) => 1 - (1 - t) * stretch);
  }
  return [...times, 0];
}
