import {
  discreteSchedule,
  edm,
  flowSchedule,
  predictEpsilon,
  predictV,
  predictVelocity,
  scheduledDiffusion,
  vpSchedule,
} from '@diptych/core';
import { normalCdf } from '@diptych/core/numeric';
import { veSchedule } from '@diptych/core/schedules';
import {
  cosMapDensity,
  cosMapTime,
  logitNormalDensity,
  logitNormalTime,
  minSnr,
  modeTime,
  p2,
  softMinSnr,
} from '@diptych/core/training';
import { expect } from 'vitest';
import type { Fields, FixtureCase } from '../../fixtures/index.ts';
import { close, numbers, only, unknown } from './close.ts';
import { betasOf } from './tables.ts';

export function lossWeights({ kind, name, config, ...expected }: FixtureCase): void {
  switch (kind) {
    case 'edm_loss':
      return edmLoss(name, config, expected);
    case 'snr_weight':
      return snrWeight(name, config, expected);
    case 'sigma_weight':
      only(config, 'sigma_data');
      return close(numbers(expected.sigma).map(edm({ sigmaData: config.sigma_data }).weight), expected.weight_x0);
    case 'sd3_density':
      return density(config, expected);
    case 'sd3_weight': {
      only(config, 'weighting_scheme');
      const weight = {
        // On the velocity; of the weight on x0 of a unit weight on the velocity.
        sigma_sqrt: (t: number) =>
          scheduledDiffusion(flowSchedule(), { prediction: predictVelocity }).weight(t / (1 - t)),
        cosmap: cosMapDensity,
        none: () => 1,
      }[config.weighting_scheme as string];
      if (!weight) return unknown(config);
      return close(numbers(expected.sigma).map(weight), expected.weight);
    }
    case 'flow_weight': {
      only(config);
      const { weight } = scheduledDiffusion(flowSchedule(), { prediction: predictVelocity });
      const sigmas = numbers(expected.sigma).map(flowSchedule().sigma);
      close(sigmas.map(weight), expected.weight_x0);
      close(
        sigmas.map((sigma) => weight(sigma) * sigma ** 2),
        expected.weight_eps,
      );
      return close(
        sigmas.map((sigma) => -2 * Math.log(sigma)),
        expected.log_snr,
      );
    }
    default:
      return unknown({ kind });
  }
}

function edmLoss(name: string, config: Fields, expected: Fields): void {
  only(config, 'P_mean', 'P_std', 'sigma_data');
  const draws = numbers(expected.uniform ?? expected.normal);
  const ve = veSchedule();
  const diffusion = name.startsWith('VPLoss')
    ? scheduledDiffusion(vpSchedule(), { sigmaQuantile: (u) => vpSchedule().sigma(1 + u * (1e-5 - 1)) })
    : name.startsWith('VELoss')
      ? scheduledDiffusion(ve, { sigmaQuantile: ve.sigma })
      : name.startsWith('EDMLoss')
        ? edm({ pMean: config.P_mean, pStd: config.P_std, sigmaData: config.sigma_data })
        : unknown({ name });
  const u = expected.normal ? draws.map(normalCdf) : draws;
  close(u.map(diffusion.sigmaQuantile), expected.sigma, 1e-9, 'sigma');
  close(numbers(expected.sigma).map(diffusion.weight), expected.weight, 1e-9, 'weight');
}

function snrWeight(name: string, config: Fields, expected: Fields): void {
  only(config, 'gamma', 'betas', 'k');
  const weight = name.startsWith('soft_min_snr')
    ? softMinSnr(config.gamma)
    : name.startsWith('min_snr')
      ? minSnr(config.gamma)
      : name.startsWith('p2')
        ? p2(config)
        : unknown({ name });
  const sigmas = numbers(expected.snr).map((snr) => snr ** -0.5);
  const on = (prediction: typeof predictV) => {
    const { precondition } = scheduledDiffusion(discreteSchedule(betasOf(config.betas ?? {})), { prediction });
    return sigmas.map((sigma) => weight(sigma) * precondition(sigma).cOut ** 2);
  };
  if (expected.weight_x0) close(sigmas.map(weight), expected.weight_x0, 1e-9, 'x0');
  if (expected.weight_eps) close(on(predictEpsilon), expected.weight_eps, 1e-9, 'eps');
  if (expected.weight_v) close(on(predictV), expected.weight_v, 1e-9, 'v');
  const chain = discreteSchedule(betasOf(config.betas ?? {}));
  close(
    numbers(expected.t).map((t) => chain.sigmas[t]!),
    sigmas,
    1e-9,
    'sigma at t',
  );
}

function density(config: Fields, expected: Fields): void {
  const uniform = numbers(expected.uniform ?? []);
  if (config.mode_scale !== undefined) {
    only(config, 'mode_scale');
    return close(
      uniform.map((u) => modeTime({ scale: config.mode_scale })(1 - u)),
      expected.t,
    );
  }
  if (config.logit_mean !== undefined) {
    only(config, 'logit_mean', 'logit_std');
    const options = { mean: config.logit_mean, std: config.logit_std };
    const t = numbers(expected.normal).map((z) => logitNormalTime(options)(normalCdf(z)));
    close(t, expected.t);
    return close(
      numbers(expected.t).map((at) => logitNormalDensity(at, options)),
      expected.pdf,
    );
  }
  only(config);
  close(uniform.map(cosMapTime()), expected.t);
  expect(expected.pdf).toBeDefined();
  close(numbers(expected.pdf_at).map(cosMapDensity), expected.pdf);
}
