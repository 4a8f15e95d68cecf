import { clipDenoised, ddim, ddpm, discreteSchedule, type Sampler } from '@diptych/core';
import { encode } from '@diptych/core/editing';
import { fixedLarge, fixedSmall, learnedRange } from '@diptych/core/samplers';
import { respacedBetas, spaceTimesteps } from '@diptych/core/schedules';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { close, closeRelative, numbers, only, unknown } from './close.ts';
import { oracleOf } from './mixture.ts';
import { sectionsOf } from './respacing.ts';
import { bank, closePath, run } from './run.ts';
import { betasOf } from './tables.ts';

export async function respacedSamplers(
  { sampler, config, xs, ...expected }: FixtureCase,
  file: FixtureFile,
): Promise<void> {
  only(config, 'schedule', 'T', 'respacing', 'variance', 'eta', 'clip_denoised', 'beta_start', 'beta_end');
  const kept = spaceTimesteps(sectionsOf(config.respacing), config.T);
  const chain = discreteSchedule(
    respacedBetas(
      betasOf({ schedule: config.schedule, T: config.T, beta_start: config.beta_start, beta_end: config.beta_end }),
      kept,
    ),
  );
  const reverse = sampler === 'ddim_reverse';
  const order = <T>(of: readonly T[]) => (reverse ? [...of] : [...of].reverse());
  close(order(kept), expected.timesteps, 0, 'timesteps');
  closeRelative(order(chain.alphasCumprod), expected.alphas_cumprod, 1e-9, 'alphas_cumprod');

  const scales = order(chain.alphasCumprod).map(Math.sqrt);
  const oracle = oracleOf(file).denoiseExactly;
  const denoise = config.clip_denoised ? clipDenoised(oracle) : oracle;
  const size = xs.data.length / xs.shape[0];
  const initial = { shape: xs.shape.slice(1), data: xs.data.slice(0, size).map((x: number) => x / scales[0]!) };
  if (reverse) {
    const x = tf.tensor(initial.data as number[], initial.shape);
    const latent = await encode(ddim(), denoise, x, { sigmas: chain.sigmas });
    const got = Array.from(await latent.data(), (value) => value * scales.at(-1)!);
    tf.dispose([x, latent]);
    close(got, expected.final, 5e-6, 'final');
    return close(got, xs.data.slice(-size), 5e-6, 'last state');
  }
  const predicted = expected.predicted_variance && numbers(expected.predicted_variance);
  const deviation =
    {
      fixed_small: fixedSmall,
      fixed_large: fixedLarge,
      learned_range: learnedRange(() => tf.tensor(predicted!, initial.shape)),
    }[config.variance as string] ?? unknown(config);
  const one: Sampler =
    sampler === 'ddpm' ? ddpm({ deviation }) : sampler === 'ddim' ? ddim({ eta: config.eta }) : unknown({ sampler });
  const rows = bank(file);
  const got = await run(one, denoise, {
    sigmas: [...order(chain.sigmas), 0],
    initial,
    noise: ({ index }) => rows(index),
  });
  expect(got.calls.length).toBe(kept.length);
  closePath(
    got.xs.map((x, i) => x.map((value) => value * (scales[i] ?? 1))),
    xs,
    expected.final,
  );
}
