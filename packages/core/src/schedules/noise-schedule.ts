/**
 * How a forward process scales signal and noise over its own time t: x_t = alpha(t) (x0 + sigma(t) n). Host-side doubles.
 * t = 0 is data; sigma is the noise level in variance-exploding coordinates, so x_t / alpha(t) is what samplers see.
 */
export interface NoiseSchedule {
  readonly name: string;
  /** Scale of the signal at time t. */
  alpha(t: number): number;
  /** Noise level at time t. */
  sigma(t: number): number;
  /** The time at which the noise level is sigma. */
  time(sigma: number): number;
}
