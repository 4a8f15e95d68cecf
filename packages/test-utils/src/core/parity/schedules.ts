import { discreteSchedule, vpSchedule } from '@diptych/core';
import { iddpmLevels } from '@diptych/core/grids';
import { posterior, veSchedule } from '@diptych/core/schedules';
import type { FixtureCase } from '../../fixtures/index.ts';
import { close, closeRelative, only, unknown } from './close.ts';
import { betasOf } from './tables.ts';

export function schedules({ source, config, ...expected }: FixtureCase): void {
  if (expected.betas) {
    only(
      config,
      'num_train_timesteps',
      'beta_start',
      'beta_end',
      'beta_schedule',
      'rescale_betas_zero_snr',
      'schedule',
      'T',
    );
    const betas = betasOf(config);
    const chain = discreteSchedule(betas);
    const at = (table: readonly number[]) => (expected.index as number[]).map((i) => table[i]!);
    closeRelative(at(betas), expected.betas, 1e-9, 'betas');
    closeRelative(at(chain.alphasCumprod), expected.alphas_cumprod, 1e-9, 'alphas_cumprod');
    if (expected.sigma_ve) closeRelative(at(chain.sigmas), expected.sigma_ve, 1e-9, 'sigma_ve');
    if (expected.log_snr)
      close(at(chain.sigmas.map((sigma) => -2 * Math.log(sigma))), expected.log_snr, 1e-9, 'log_snr');
    if (expected.posterior_variance) {
      const tables = betas.map((_, t) => posterior(chain, t));
      closeRelative(at(tables.map((of) => of.variance)), expected.posterior_variance, 1e-9, 'variance');
      close(at(tables.map((of) => of.logVariance)), expected.posterior_log_variance_clipped, 1e-9, 'log variance');
      closeRelative(at(tables.map((of) => of.onX0)), expected.posterior_mean_coef1, 1e-9, 'coefficient of x0');
      closeRelative(at(tables.map((of) => of.onState)), expected.posterior_mean_coef2, 1e-9, 'coefficient of x_t');
    }
  } else if (config.beta_d !== undefined) {
    only(config, 'beta_d', 'beta_min');
    const vp = vpSchedule({ betaD: config.beta_d, betaMin: config.beta_min });
    close(expected.t.data.map(vp.sigma), expected.sigma, 1e-9, 'sigma');
    close(expected.t.data.map(vp.alpha), expected.alpha, 1e-9, 'alpha');
    close(expected.sigma.data.map(vp.time), expected.t_of_sigma, 1e-9, 'time');
    close([vp.sigma(1)], [expected.sigma_max], 1e-9, 'sigma_max');
  } else if (config.C_1 !== undefined) {
    only(config, 'C_1', 'C_2', 'M');
    const levels = iddpmLevels({ c1: config.C_1, c2: config.C_2, levels: config.M });
    close(
      (expected.index as number[]).map((i) => levels[i]!),
      expected.u,
      1e-9,
      'u',
    );
    close([levels.at(-2)!, levels[0]!], [expected.sigma_min, expected.sigma_max], 1e-9, 'ends');
  } else if (config.sigma_min !== undefined && expected.u) {
    only(config, 'sigma_min', 'sigma_max');
    const ve = veSchedule({ sigmaMin: config.sigma_min, sigmaMax: config.sigma_max });
    close(expected.u.data.map(ve.sigma), expected.sigma, 1e-9, 'sigma');
  } else unknown({ source, config });
}
