import { fixtures } from '@diptych/test-utils/fixtures';
import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { clipByGlobalNorm } from './clip-by-global-norm.ts';
import { clipByParameterNorm } from './clip-by-parameter-norm.ts';
import { clipByValue } from './clip-by-value.ts';
import type { Clip } from './clip.ts';

const kinds: Record<string, (config: FixtureCase['config']) => Clip> = {
  'global-norm': ({ maxNorm, normType }) => clipByGlobalNorm(maxNorm, { order: normType ?? 2 }),
  value: ({ limit }) => clipByValue(limit),
  'per-parameter': ({ maxNorm }) => clipByParameterNorm(maxNorm),
};

for (const { cases } of fixtures('trainer').filter(({ file }) => file === 'clipping')) {
  onEachBackend('clipping parity', () => {
    it.each(cases)('with PyTorch and DINO: $name', async ({ config, inputs, expected }) => {
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
  });
}
