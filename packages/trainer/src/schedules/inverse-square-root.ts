import { check } from '@diptych/formats/errors';
import type { RateSchedule } from './rate.ts';
import { checkSchedule, warmupFactor } from './warmup.ts';
import type { WarmupOptions } from './warmup.ts';

export interface InverseSquareRootOptions extends WarmupOptions {
  /** The rate between the warm-up and the decay. */
  rate: number;
  /** Step at which the decay begins; 0 for none. EDM2's presets: 35,000 to 70,000. */
  decayFrom: number;
}

/**
 * EDM2's schedule, which needs no planned end: climbs linearly, then falls like the inverse square root of the steps.
 *
 *     rate min(1, step / warmup) / sqrt(max(1, step / decayFrom))
 *
 * EDM2 counts images; divide them by the batch: `warmup: 10e6 / 2048`. It also has `fromZero: true`.
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError on a negative rate, warm-up or start of the decay.
 * @see Karras et al., Analyzing and Improving the Training Dynamics of Diffusion Models, arXiv 2312.02696, equation 67.
 * @example
 * inverseSquareRoot({ rate: 1e-2, decayFrom: 70_000, warmup: 4883 })(280_000); // 5e-3
 */
export function inverseSquareRoot(options: InverseSquareRootOptions): RateSchedule {
  const { rate, decayFrom } = options;
  checkSchedule('inverseSquareRoot', options);
  check(
    decayFrom >= 0 && Number.isFinite(decayFrom),
    'inverseSquareRoot',
    'options.decayFrom',
    'a step >= 0',
    decayFrom,
  );
  return (step) => {
    const slowdown = decayFrom > 0 ? Math.sqrt(Math.max(1, step / decayFrom)) : 1;
    return (rate * warmupFactor(step, options)) / slowdown;
  };
}
