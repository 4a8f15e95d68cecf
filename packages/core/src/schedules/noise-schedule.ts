import { check, rules } from '@diptych/formats/errors';

/** Where the time of a process begins, at the least noise, and where it ends. */
export interface TimeRange {
  readonly first: number;
  readonly last: number;
  /** Whether time goes in whole steps, as that of a chain, from `first` to `last`. */
  readonly discrete: boolean;
}

/**
 * How a forward process scales signal and noise over its own time t: x_t = alpha(t) (x0 + sigma(t) n). Host-side doubles.
 * sigma is the noise level in variance-exploding coordinates, so x_t / alpha(t) is what samplers see; it rises with t.
 */
export interface NoiseSchedule {
  readonly name: string;
  /** The times that there are: [0, 1] of a continuous process, the steps 0 .. T - 1 of a chain. Training draws from them. */
  readonly timeRange: TimeRange;
  /** Scale of the signal at time t. */
  alpha(t: number): number;
  /** Noise level at time t. */
  sigma(t: number): number;
  /** The time at which the noise level is sigma. */
  time(sigma: number): number;
  /** Derivatives over time: solvers that step in the time of a schedule need them. A chain has none. */
  readonly slopes?: Slopes;
}

/** Derivatives over time of the functions of a schedule. */
export interface Slopes {
  alpha(t: number): number;
  sigma(t: number): number;
}

/** A schedule in whose time an ODE can be solved. */
export type SmoothSchedule = NoiseSchedule & { readonly slopes: Slopes };

/** The range of time of most continuous processes. */
export const unitTime: TimeRange = { first: 0, last: 1, discrete: false };

/** Refuses a schedule without derivatives. */
export function checkSmooth(where: string, schedule: NoiseSchedule): SmoothSchedule {
  const { slopes } = checkSchedule(where, schedule);
  check(slopes, where, 'schedule', 'a continuous one that has slopes', schedule.name);
  return { ...schedule, slopes };
}

/**
 * The same noise levels over the same time without the scaling of the signal, alpha = 1: "scaling none" of EDM's ablations.
 *
 * @throws DiptychError if the schedule has no slopes
 * @see Karras et al. 2022, appendix D.1, arXiv:2206.00364
 * @example
 * sample(generalizedHeun({ schedule: unscaled(vpSchedule()) }), denoise, { sigmas, shape, key: key(0) });
 */
export function unscaled(schedule: NoiseSchedule): SmoothSchedule {
  const { slopes } = checkSmooth('unscaled', schedule);
  return { ...schedule, alpha: () => 1, slopes: { alpha: () => 0, sigma: slopes.sigma } };
}

/** A noise schedule, as `vpSchedule()` makes one, not the function itself. */
export function checkSchedule(where: string, schedule: NoiseSchedule): NoiseSchedule {
  const { alpha, sigma, time, timeRange } = (schedule ?? {}) as Partial<NoiseSchedule>;
  const holds = [alpha, sigma, time].every(rules.callback.holds) && rules.object.holds(timeRange);
  check(holds, where, 'schedule', 'a noise schedule, such as vpSchedule()', schedule);
  return schedule;
}
