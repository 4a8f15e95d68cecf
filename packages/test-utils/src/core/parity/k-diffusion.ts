import { dpmSolverPP, euler, eulerAncestral, heun, type Sampler } from '@diptych/core';
import { dpm2, dpm2Ancestral, dpmSolverPP2S, dpmSolverPPSde, lms } from '@diptych/core/samplers';
import { expect } from 'vitest';
import type { Fields, FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { close, numbers, only, unknown } from './close.ts';
import { oracleOf } from './mixture.ts';
import { bank, closePath, run } from './run.ts';

function samplerOf(name: string, config: Fields): Sampler {
  const churn = { churn: config.s_churn, churnMin: config.s_tmin, churnMax: config.s_tmax, churnNoise: config.s_noise };
  const stochastic = { eta: (config.eta ?? 1) as number, noiseScale: config.s_noise as number | undefined };
  const makes: Record<string, () => Sampler> = {
    sample_euler: () => euler(churn),
    sample_heun: () => heun(churn),
    sample_dpm_2: () => dpm2(churn),
    sample_lms: () => lms({ order: config.order }),
    sample_euler_ancestral: () => eulerAncestral(stochastic),
    sample_dpm_2_ancestral: () => dpm2Ancestral(stochastic),
    sample_dpmpp_2s_ancestral: () => dpmSolverPP2S(stochastic),
    sample_dpmpp_sde: () => dpmSolverPPSde({ ...stochastic, r: config.r }),
    sample_dpmpp_2m: () => dpmSolverPP(),
    sample_dpmpp_2m_sde: () => dpmSolverPP({ ...stochastic, correction: config.solver_type }),
    sample_dpmpp_3m_sde: () => dpmSolverPP({ ...stochastic, order: 3, correction: 'heun' }),
  };
  return makes[name]?.() ?? unknown({ sampler: name });
}

export async function kDiffusion(
  { sampler, config, sigmas, x_init, noise, ...expected }: FixtureCase,
  file: FixtureFile,
) {
  only(config, 'steps', 'order', 'eta', 'solver_type', 's_churn', 's_tmin', 's_tmax', 's_noise', 'r');
  const rows = file.shared.noise_bank ? bank(file) : undefined;
  const values = noise?.values && numbers(noise.values);
  const grid = numbers(sigmas);
  const one = samplerOf(sampler, config);
  const oracle = oracleOf(file);
  const churned = expected.sigma_hat !== undefined;
  const got = await run(one, oracle.denoiseExactly, {
    sigmas: grid,
    initial: x_init,
    noise: ({ index }, draw) => {
      if (values) return values.slice(draw * 12, (draw + 1) * 12);
      return rows!(churned ? index : draw);
    },
  });
  if (churned) {
    // The states there are those that the denoiser first sees in a step, after the noise.
    const first = got.calls.filter((call, i) => call.index !== got.calls[i - 1]?.index);
    close(
      first.map((call) => call.sigma),
      expected.sigma_hat,
    );
    closePath([...first.map((call) => call.x), got.xs.at(-1)!], expected.xs, expected.final);
  } else closePath(got.xs, expected.xs, expected.final);
  expect(got.calls.length).toBe(expected.n_evals);
  const intervals = noise?.intervals && numbers(noise.intervals);
  if (intervals)
    close(
      got.requests.flatMap(({ from, to }) => [from, to]),
      intervals,
      1e-9,
      'intervals of the noise',
    );
}
