import type { Sampler } from '@diptych/core';
import { dpmAdaptive, dpmFast, dpmFastSigmas } from '@diptych/core/samplers';
import { expect } from 'vitest';
import type { FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { close, numbers, only, unknown } from './close.ts';
import { oracleOf } from './mixture.ts';
import { bank, closePath, conditioning, run } from './run.ts';

export async function dpm(
  { sampler, config, x_init, noise, ...expected }: FixtureCase,
  file: FixtureFile,
): Promise<void> {
  const stochastic = { eta: config.eta, noiseScale: config.s_noise };
  const range = { sigmaMin: config.sigma_min, sigmaMax: config.sigma_max };
  const denoise = oracleOf(file).denoiseExactly;
  const rows = bank(file);
  let one: Sampler;
  let sigmas: number[];
  if (sampler === 'sample_dpm_fast') {
    only(config, 'n', 'eta', 's_noise', 'sigma_min', 'sigma_max');
    one = dpmFast({ ...stochastic, evaluations: config.n });
    sigmas = dpmFastSigmas(config.n, range);
    close(sigmas, expected.step_sigmas);
  } else if (sampler === 'sample_dpm_adaptive') {
    only(config, 'order', 'eta', 's_noise', 'sigma_min', 'sigma_max', 'rtol', 'atol', 'pcoeff', 'icoeff', 'dcoeff');
    const pid = [config.pcoeff ?? 0, config.icoeff ?? 1, config.dcoeff ?? 0] as const;
    one = dpmAdaptive({ ...stochastic, order: config.order, rtol: config.rtol, atol: config.atol, pid }) as Sampler;
    sigmas = [range.sigmaMax, range.sigmaMin];
  } else return unknown({ sampler });

  const path = (data: readonly number[]) => {
    const starts: number[] = [];
    return run(one, denoise, {
      sigmas,
      initial: { shape: x_init.shape, data: [...data] },
      // The k-th accepted step has row k, however often it was tried.
      noise: ({ from }) => {
        if (from !== starts.at(-1)) starts.push(from);
        return rows(starts.length - 1);
      },
    });
  };
  const got = await path(x_init.data);
  expect(got.calls.length).toBe(expected.n_evals ?? expected.info.nfe);
  if (expected.eval_sigmas)
    close(
      got.calls.map(({ sigma }) => sigma),
      expected.eval_sigmas,
      1e-9,
      'levels of the calls',
    );
  if (!expected.trace) {
    expect(noise !== undefined || got.requests.length === 0).toBe(true);
    return closePath(got.xs, expected.xs, expected.final, await conditioning(got.xs, path));
  }
  const attempts = got.sigmas.slice(1);
  // The error is measured in float32: its digits are the digits of the steps chosen from it.
  close(attempts, expected.trace.sigma_after, 2e-3, 'levels reached');
  expect(attempts.length).toBe(expected.info.steps);
  const accepted = attempts.filter((sigma, i) => sigma !== got.sigmas[i]).length;
  expect([accepted, attempts.length - accepted]).toEqual([expected.info.n_accept, expected.info.n_reject]);
  // States at levels that differ so, differ in proportion to their scale.
  closePath(got.xs.slice(1), expected.xs, expected.final, (i) =>
    Math.max(2e-3, 2e-3 * Math.max(...got.xs[i + 1]!.map(Math.abs))),
  );
  expect(numbers(expected.trace.sigma_after).at(-1)).toBeCloseTo(range.sigmaMin, 6);
}
