import { generalizedHeun, heun, karrasSigmas, type NoiseSchedule, type Sampler, vpSchedule } from '@diptych/core';
import { edmSchedule, squareRootSchedule, unscaled } from '@diptych/core/schedules';
import { expect } from 'vitest';
import type { Fields, FixtureCase, FixtureFile, NumberArray } from '../../fixtures/index.ts';
import { close, only, unknown } from './close.ts';
import { discretization } from './grids.ts';
import { oracleOf } from './mixture.ts';
import { bank, closePath, conditioning, run } from './run.ts';

/** The schedules of EDM's ablation sampler: its VP schedule goes through the range of its discretization. */
function scheduleOf({ schedule, scaling, discretization }: Fields): NoiseSchedule {
  if (schedule === 'vp' && (scaling === 'vp' || scaling === 'none')) {
    const range: [number, number] | undefined = {
      vp: undefined,
      edm: [0.002, 80] as [number, number],
      iddpm: [0.002, 81] as [number, number],
      ve: [0.02, 100] as [number, number],
    }[discretization as string];
    const scaled = (vp: NoiseSchedule) => (scaling === 'vp' ? vp : unscaled(vp));
    if (!range) return scaled(vpSchedule());
    const [low, high] = range.map((sigma) => Math.log1p(sigma ** 2)) as [number, number];
    const betaD = (2 * (low / 1e-3 - high)) / (1e-3 - 1);
    return scaled(vpSchedule({ betaD, betaMin: high - betaD / 2 }));
  }
  if (scaling !== 'none') return unknown({ scaling });
  return { linear: edmSchedule(), ve: squareRootSchedule() }[schedule as string] ?? unknown({ schedule });
}

export async function edmSamplers({ sampler, config, noise, ...expected }: FixtureCase, file: FixtureFile) {
  const churn = { churn: config.S_churn, churnMin: config.S_min, churnMax: config.S_max, churnNoise: config.S_noise };
  let one: Sampler;
  let sigmas: number[];
  if (sampler === 'edm_sampler') {
    only(config, 'sigma_min', 'sigma_max', 'rho', 'num_steps', 'S_churn', 'S_min', 'S_max', 'S_noise');
    one = heun(churn);
    sigmas = karrasSigmas(config.num_steps, {
      sigmaMin: config.sigma_min,
      sigmaMax: config.sigma_max,
      rho: config.rho,
    });
  } else if (sampler === 'ablation_sampler') {
    only(
      config,
      'solver',
      'discretization',
      'schedule',
      'scaling',
      'alpha',
      'num_steps',
      'S_churn',
      'S_min',
      'S_max',
      'S_noise',
    );
    const order = { euler: 1 as const, heun: 2 as const }[config.solver as string] ?? unknown(config);
    one = generalizedHeun({ ...churn, order, alpha: config.alpha, schedule: scheduleOf(config) });
    sigmas = discretization({ discretization: config.discretization }, config.num_steps);
  } else return unknown({ sampler });

  const { data, shape } = (file.shared.problem as Fields).z_init as NumberArray;
  const initial = { shape, data: data.map((z) => z * sigmas[0]!) };
  const rows = bank(file);
  const noiseOf = ({ index }: { index: number }) => rows(index);
  const denoise = oracleOf(file).denoiseExactly;
  const got = await run(one, denoise, { sigmas, initial, noise: noiseOf });
  const slack = await conditioning(got.xs, (data) =>
    run(one, denoise, { sigmas, initial: { shape, data: [...data] }, noise: noiseOf }),
  );
  const first = got.calls.filter((call, i) => call.index !== got.calls[i - 1]?.index);
  close([...first.map((call) => call.sigma), 0], expected.sigma_hat, 1e-8, 'sigma_hat');
  if (expected.eval_sigmas)
    close(
      got.calls.map((call) => call.sigma),
      expected.eval_sigmas,
      1e-8,
      'levels of the calls',
    );
  expect(got.calls.length).toBe(expected.n_evals);
  expect(noise !== undefined || got.requests.length === 0).toBe(true);
  closePath([...first.map((call) => call.x), got.xs.at(-1)!], expected.xs_ve, expected.final, slack);
}
