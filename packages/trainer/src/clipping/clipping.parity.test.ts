import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose, parityCases } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { clipByGlobalNorm } from './clip-by-global-norm.ts';
import { clipByParameterNorm } from './clip-by-parameter-norm.ts';
import { clipByValue } from './clip-by-value.ts';
import type { GradientClip } from './gradient-clip.ts';

const kinds: Record<string, (config: FixtureCase['config']) => GradientClip> = {
  'global-norm': ({ maxNorm, normType }) => clipByGlobalNorm(maxNorm, { order: normType ?? 2 }),
  value: ({ limit }) => clipByValue(limit),
  'per-parameter': ({ maxNorm }) => clipByParameterNorm(maxNorm),
};

const cases = parityCases('clipping');

onEachBackend('clipping parity with PyTorch and DINO', () => {
  it('parity: knows every kind of clipping', () => {
    for (const { config } of cases) expect(Object.keys(kinds)).toContain(config.kind);
  });

  for (const { name, config, inputs, expected } of cases) {
    it(`parity: ${name}`, async () => {
      if (!(config.kind in kinds)) throw new Error(`unknown kind ${config.kind}`);
      const { gradients, norm } = tf.tidy(() => {
        const named = (inputs.gradients as NumberArray[]).map(({ data, shape }, i) => [
          `g${i}`,
          tf.tensor(data, shape),
        ]);
        return kinds[config.kind](config)(Object.fromEntries(named));
      });
      for (const [i, { data }] of (expected.clipped as NumberArray[]).entries()) {
        expectClose(await gradients[`g${i}`].data(), data, { rtol: 2e-6, atol: 1e-9 });
      }
      const norms = expected.norms ?? (expected.totalNorm === undefined ? undefined : [expected.totalNorm]);
      if (norms) expectClose(await norm.data(), norms, { rtol: 1e-6 });
      tf.dispose([gradients, norm]);
    });
  }
});
