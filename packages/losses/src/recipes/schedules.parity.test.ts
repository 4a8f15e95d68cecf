import type { StepSchedule } from '@diptych/core';
import { constant, cosineRamp, linearRamp, schedulePieces } from '@diptych/core/ramps';
import { expectGolden, lossParity } from '@diptych/test-utils/losses';

/** n values with both ends, as `numpy.linspace`; a single one is the first end. */
const linspace = (from: number, to: number, n: number) => linearRamp({ from, to, steps: n > 1 ? n - 1 : 1 });
const at = (schedule: StepSchedule, steps: readonly number[]) => steps.map(schedule);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

// Host doubles: as exact as the 12 digits of the golden numbers.
const exact = (actual: number[], expected: number[]) => expectGolden(actual, expected, 'values', 1e-11);

lossParity('schedules', {
  'dino-cosine': ({ config, expected }) => {
    const { base, final, epochs, iterationsPerEpoch, warmupEpochs, warmupStart } = config;
    const [total, warmup] = [epochs * iterationsPerEpoch, warmupEpochs * iterationsPerEpoch];
    const schedule = schedulePieces(
      [{ steps: warmup, schedule: linspace(warmupStart, base, warmup) }],
      cosineRamp({ from: base, to: final, steps: total - warmup }),
    );
    exact(at(schedule, upTo(total)), expected.values);
  },
  'dinov2-cosine': ({ config, expected }) => {
    const { base, final, iterations, warmup, warmupStart, freeze } = config;
    const schedule = schedulePieces(
      [
        { steps: freeze, schedule: constant(0) },
        { steps: warmup, schedule: linspace(warmupStart, base, warmup) },
      ],
      cosineRamp({ from: base, to: final, steps: iterations - warmup - freeze }),
    );
    exact(at(schedule, upTo(expected.values.length)), expected.values);
  },
  'teacher-temp': ({ config, expected }) => {
    const { warmup, final, warmupEpochs, epochs } = config;
    const schedule = schedulePieces(
      [{ steps: warmupEpochs, schedule: linspace(warmup, final, warmupEpochs) }],
      constant(final),
    );
    exact(at(schedule, upTo(epochs)), expected.values);
  },
  'moco-momentum': ({ config, expected }) => {
    exact(at(cosineRamp({ from: config.base, to: 1, steps: config.epochs }), config.atEpoch), expected.values);
  },
  'moco-lr': ({ config, expected }) => {
    const { base, epochs, warmupEpochs, atEpoch } = config;
    const schedule = schedulePieces(
      [{ steps: warmupEpochs, schedule: linearRamp({ from: 0, to: base, steps: warmupEpochs }) }],
      cosineRamp({ from: base, to: 0, steps: epochs - warmupEpochs }),
    );
    exact(at(schedule, atEpoch), expected.values);
  },
  'byol-momentum': ({ config, expected }) => {
    exact(at(cosineRamp({ from: config.base, to: 1, steps: config.steps }), config.atStep), expected.values);
  },
});
