import { normalCdf } from '@diptych/core/numeric';
import { cosineSchedule, veSchedule } from '@diptych/core/schedules';
import { logLogistic, logNormal, splitLogNormal, stratified } from '@diptych/core/training';
import type { FixtureCase } from '../../fixtures/index.ts';
import { close, numbers, only, unknown } from './close.ts';

export function noiseDensities({ kind, config, uniform, normal, sigma, ...expected }: FixtureCase): void {
  const range = { sigmaMin: config.min_value as number, sigmaMax: config.max_value as number };
  const of = (quantile: (u: number) => number) => numbers(uniform).map(quantile);
  const shift = (...sizes: number[]) =>
    sizes.map((size) => ((config.sigma_data ?? 1) * config.image_d) / size) as [number, number];
  switch (kind) {
    case 'lognormal':
      only(config, 'loc', 'scale');
      // The reference squeezes u away from 0 and 1.
      return close(
        of((u) => logNormal({ mean: config.loc, std: config.scale })(u * (1 - 2e-7) + 1e-7)),
        sigma,
      );
    case 'loglogistic':
      only(config, 'loc', 'scale', 'min_value', 'max_value');
      return close(of(logLogistic({ mean: config.loc, scale: config.scale, ...range })), sigma);
    case 'loguniform':
      only(config, 'min_value', 'max_value');
      return close(of(veSchedule(range).sigma), sigma);
    case 'v_diffusion':
      only(config, 'sigma_data', 'min_value', 'max_value');
      return close(of(cosineSchedule({ shift: config.sigma_data, ...range }).sigma), sigma);
    case 'cosine_interpolated':
      only(config, 'image_d', 'noise_d_low', 'noise_d_high', 'sigma_data', 'min_value', 'max_value');
      // Falls with u there.
      return close(
        of((u) => cosineSchedule({ shift: shift(config.noise_d_low, config.noise_d_high), ...range }).sigma(1 - u)),
        sigma,
      );
    case 'shifted_cosine': {
      only(config, 'image_d', 'noise_d_low', 'noise_d_high', 'sigma_data', 'min_value', 'max_value');
      const schedule = cosineSchedule({ shift: shift(config.noise_d_low, config.noise_d_high), ...range });
      const got = numbers(expected.t).map((t) => schedule.sigma(1 - t));
      close(got, expected.sigma_ve);
      close(
        got.map((sigma) => -2 * Math.log(sigma)),
        expected.log_snr,
      );
      return close(
        got.map((sigma) => 1 - schedule.time(sigma)),
        expected.t,
      );
    }
    case 'split_lognormal': {
      only(config, 'loc', 'scale_1', 'scale_2');
      const quantile = splitLogNormal({ mean: config.loc, stdBelow: config.scale_1, stdAbove: config.scale_2 });
      const below = config.scale_1 / (config.scale_1 + config.scale_2);
      // The reference takes the side from one draw and the distance from another.
      const u = numbers(normal).map((z, i) => {
        const outer = 2 * normalCdf(-Math.abs(z));
        return numbers(uniform)[i]! < below ? below * outer : 1 - (1 - below) * outer;
      });
      return close(u.map(quantile), sigma);
    }
    case 'stratified':
      only(config, 'group', 'groups');
      return close(stratified(numbers(expected.raw_uniform), config), uniform);
    default:
      return unknown({ kind });
  }
}
