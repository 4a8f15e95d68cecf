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
}

/** The range of time of most continuous processes. */
export const unitTime: TimeRange = { first: 0, last: 1, discrete: false };
