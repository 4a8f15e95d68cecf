import { type SmoothSchedule, unitTime } from './noise-schedule.ts';
import { pureNoise } from './pure-noise.ts';

/**
 * Flow matching, the straight path x_t = (1 - t) x0 + t n: alpha = 1 - t, sigma = t/(1 - t). Where no signal is left (t = 1)
 * sigma is `pureNoise` and alpha fits it.
 *
 * @see Lipman et al. 2023, "Flow matching for generative modeling", arXiv:2210.02747; Liu et al. 2023, "Flow straight and fast",
 * arXiv:2209.03003
 * @example
 * flowSchedule().sigma(0.5); // 1
 */
export function flowSchedule(): SmoothSchedule {
  const sigma = (t: number) => Math.min(t / (1 - t), pureNoise);
  return {
    name: 'flow',
    timeRange: unitTime,
    sigma,
    alpha: (t) => 1 / (1 + sigma(t)),
    time: (sigma) => (sigma >= pureNoise ? 1 : sigma / (1 + sigma)),
    slopes: { alpha: () => -1, sigma: (t) => (1 + sigma(t)) ** 2 },
  };
}
