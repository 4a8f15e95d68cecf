import type { StepSchedule } from '@diptych/core';
import type { FixtureCase } from '@diptych/test-utils/fixtures';
import { expectClose, parityCases } from '@diptych/test-utils/trainer';
import { describe, expect, it } from 'vitest';
import { inverseSquareRoot } from './inverse-square-root.ts';
import { warmupConstant } from './warmup-constant.ts';
import { warmupCosine } from './warmup-cosine.ts';
import { warmupLinear } from './warmup-linear.ts';
import { warmupPolynomial } from './warmup-polynomial.ts';

interface Kind {
  schedule: StepSchedule;
  /** Images in a step where `at` counts images. */
  batch?: number;
}

const fromZero = true;
const kinds: Record<string, (config: FixtureCase['config']) => Kind> = {
  'edm2-inverse-sqrt': ({ batch, refLr, refBatches, rampupMimg }) => ({
    schedule: inverseSquareRoot({ rate: refLr, decayFrom: refBatches, warmup: (rampupMimg * 1e6) / batch, fromZero }),
    batch,
  }),
  'edm-linear': ({ lr, rampupKimg }) => ({
    schedule: warmupConstant({ rate: lr, warmup: (rampupKimg * 1000) / 512, fromZero }),
    batch: 512,
  }),
  'diffusers-constant_with_warmup': ({ lr, warmup }) => ({ schedule: warmupConstant({ rate: lr, warmup, fromZero }) }),
  'diffusers-constant': ({ lr }) => ({ schedule: warmupConstant({ rate: lr }) }),
  'diffusers-cosine': ({ lr, warmup, total, cycles }) => ({
    schedule: warmupCosine({ rate: lr, warmup, steps: total, cycles, fromZero, periodic: true }),
  }),
  'diffusers-linear': ({ lr, warmup, total }) => ({
    schedule: warmupLinear({ rate: lr, warmup, steps: total, fromZero }),
  }),
  'diffusers-polynomial': ({ lr, warmup, total, power, end }) => ({
    schedule: warmupPolynomial({ rate: lr, warmup, steps: total, power, final: end, fromZero }),
  }),
  'torch-cosine': ({ lr, total, min }) => ({
    schedule: warmupCosine({ rate: lr, steps: total, final: min, periodic: true }),
  }),
};

describe('schedules parity with EDM, EDM2, diffusers and PyTorch', () => {
  const cases = parityCases('learning-rate');

  it('parity: knows every kind of schedule', () => {
    for (const { config } of cases) expect(Object.keys(kinds)).toContain(config.kind);
  });

  for (const { name, config, inputs, expected } of cases) {
    it(`parity: ${name}`, () => {
      const { schedule, batch = 1 } = kinds[config.kind](config);
      const rates = (inputs.at as number[]).map((at) => schedule(at / batch));
      expectClose(rates, expected.lr, { rtol: 1e-10, atol: 1e-16 });
    });
  }
});
