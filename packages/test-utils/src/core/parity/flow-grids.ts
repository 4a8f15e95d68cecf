import { exponentialSigmas, karrasSigmas } from '@diptych/core';
import { betaSigmas, flowTimes, shiftForTokens, timeShift } from '@diptych/core/grids';
import type { FixtureCase } from '../../fixtures/index.ts';
import { close, numbers, only, unknown } from './close.ts';

/** The flow times of a scheduler for n steps, n + 1 of them, by the names of its configuration. */
export function schedulerFlowTimes(
  scheduler: string,
  config: Record<string, unknown>,
  n: number,
  given?: readonly number[],
  mu?: number,
): number[] {
  only(
    config,
    'shift',
    'num_train_timesteps',
    'use_dynamic_shifting',
    'time_shift_type',
    'shift_terminal',
    'use_karras_sigmas',
    'use_exponential_sigmas',
    'use_beta_sigmas',
    'invert_sigmas',
    'use_flow_sigmas',
    'flow_shift',
    'stochastic_sampling',
    'solver_order',
    'prediction_type',
    'algorithm_type',
  );
  const T = (config.num_train_timesteps ?? 1000) as number;
  if (config.use_flow_sigmas) {
    const shift = (t: number) => timeShift(t, (config.flow_shift ?? 1) as number);
    switch (scheduler) {
      case 'DPMSolverMultistepScheduler':
      case 'DPMSolverSinglestepScheduler':
      case 'DEISMultistepScheduler':
        return flowTimes(n, { from: 1 - 1 / T, to: (1 - 1 / T) / n, shift });
      case 'UniPCMultistepScheduler': {
        // Evenly spaced from 1 to 1/T in n steps, without the last; the first is kept below 1.
        const times = flowTimes(n, { from: 1, to: 1 - ((n - 1) / n) * (1 - 1 / T), shift });
        return [Math.min(times[0]!, 1 - 1e-6), ...times.slice(1)];
      }
      default:
        return unknown({ scheduler });
    }
  }
  const factor = config.use_dynamic_shifting
    ? config.time_shift_type === 'linear'
      ? mu!
      : Math.exp(mu!)
    : ((config.shift ?? 1) as number);
  const shift = (t: number) => timeShift(t, factor);
  // Its own grid spans the shifted 1 and 1/T, and is then shifted again.
  const grid = given
    ? { from: given[0]!, to: given.at(-1)! }
    : { from: 1, to: config.use_dynamic_shifting ? 1 / T : shift(1 / T) };
  if (given) close(flowTimes(n, grid).slice(0, -1), given);
  const times = flowTimes(n, { ...grid, shift, terminal: config.shift_terminal as number | undefined });
  // One time spans no range to remap.
  if (n === 1) return times;
  const range = { sigmaMin: times[n - 1]!, sigmaMax: times[0]! };
  if (config.use_karras_sigmas) return karrasSigmas(n, range);
  if (config.use_exponential_sigmas) return exponentialSigmas(n, range);
  if (config.use_beta_sigmas) return betaSigmas(n, range);
  return times;
}

export function flowGrids({
  scheduler,
  source,
  config,
  n,
  mu,
  input_sigmas,
  sigmas,
  timesteps,
  ...expected
}: FixtureCase): void {
  if (expected.shifted) {
    only(config, 'shift');
    return close(
      numbers(expected.t).map((t) => timeShift(t, config.shift)),
      expected.shifted,
    );
  }
  if (expected.exponential) {
    only(config, 'mu', 'sigma');
    const shifted = (factor: number) => numbers(expected.t).map((t) => timeShift(t, factor, { power: config.sigma }));
    close(shifted(Math.exp(config.mu)), expected.exponential);
    return close(shifted(config.mu), expected.linear);
  }
  if (source === 'calculate_shift') {
    only(config, 'base_seq_len', 'max_seq_len', 'base_shift', 'max_shift');
    const options = {
      baseTokens: config.base_seq_len,
      maxTokens: config.max_seq_len,
      baseShift: config.base_shift,
      maxShift: config.max_shift,
    };
    return close(
      (expected.seq_len as number[]).map((tokens) => shiftForTokens(tokens, options)),
      expected.mu ?? mu,
    );
  }
  const given = input_sigmas && numbers(input_sigmas);
  const times = schedulerFlowTimes(scheduler, config, n, given, mu);
  const stored = numbers(sigmas);
  // Heun's schedule lists a level once for each of the two calls made there.
  const reference =
    scheduler === 'FlowMatchHeunDiscreteScheduler' ? stored.filter((t, i) => t !== stored[i - 1]) : stored;
  if (config.invert_sigmas) {
    // Time runs the other way there: 1 - t, then 1 at the end.
    close(
      times.map((t) => 1 - t),
      reference,
    );
  } else if (reference.at(-1) === reference.at(-2)) {
    // The reference repeats its last level where 0 should follow: its last step does nothing.
    close(times.slice(0, -1), reference.slice(0, -1));
  } else close(times, reference);
  const expectedTimes = numbers(timesteps);
  if (scheduler.startsWith('FlowMatchHeun')) return;
  const own = config.invert_sigmas ? times.map((t) => 1 - t) : times;
  close(
    own.slice(0, n).map((t) => (config.use_flow_sigmas ? Math.floor(t * 1000 + 1e-9) : t * 1000)),
    expectedTimes,
  );
}
