import type { RateSchedule } from './rate.ts';
import { checkSchedule, warmupFactor } from './warmup.ts';
import type { WarmupOptions } from './warmup.ts';

export interface WarmupConstantOptions extends WarmupOptions {
  /** The rate after the warm-up. */
  rate: number;
}

/**
 * Climbs linearly, then stays: rate min(1, step / warmup).
 *
 * EDM's ramp over 10 million images in batches of 512 is `{ rate: 1e-3, warmup: 10e6 / 512, fromZero: true }`.
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError on a negative rate or warm-up.
 * @see Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, arXiv 2206.00364, appendix F.
 * @example
 * warmupConstant({ rate: 2e-4, warmup: 1000 })(499); // 1e-4
 */
export function warmupConstant(options: WarmupConstantOptions): RateSchedule {
  checkSchedule('warmupConstant', options);
  return (step) => options.rate * warmupFactor(step, options);
}
