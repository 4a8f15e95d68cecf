import { clipDenoised, type Denoise, karrasSigmas } from '@diptych/core';
import { consistencyBoundary, latentBoundary } from '@diptych/core/diffusion';
import { consistency, tcd } from '@diptych/core/samplers';
import { distilledTimesteps, leadingTimesteps } from '@diptych/core/schedules';
import * as tf from '@tensorflow/tfjs-core';
import type { FixtureCase } from '../../../fixtures/index.ts';
import { only } from '../close.ts';
import { type Planners, chainKeys, clipKeys, chainOf, listed, limited } from './plan.ts';

/** Schedulers of distilled networks: consistency models and their relatives. */
export const distilledPlans: Planners = {
  LCMScheduler(wanted) {
    const { one, config } = wanted;
    only(config, ...chainKeys, ...clipKeys, ...distilledKeys, 'timestep_scaling', 'prediction_type');
    const table = chainOf(wanted);
    return {
      sampler: consistency(),
      sigmas: listed(wanted, distilled(one), 0),
      denoise: (denoise) => (x, sigma) => {
        const t = Math.round(table.time(sigma));
        const { cSkip, cOut } = latentBoundary(t, { timestepScaling: config.timestep_scaling });
        return tf.add(tf.mul(cOut, limited(config)(denoise)(x, sigma)), tf.mul(cSkip / Math.hypot(1, sigma), x));
      },
    };
  },
  TCDScheduler(wanted) {
    const { one, config, step } = wanted;
    // It has the options of clipping, and does not clip.
    only(config, ...chainKeys, ...distilledKeys, ...clipKeys, 'prediction_type');
    return {
      sampler: tcd(chainOf(wanted), { gamma: step.eta }),
      sigmas: listed(wanted, distilled(one), chainOf(wanted).sigmas[0]!),
    };
  },
  CMStochasticIterativeScheduler({ config, n }) {
    only(config, 'clip_denoised', 's_noise', 'sigma_min', 'sigma_max', 'rho');
    const range = { sigmaMin: (config.sigma_min ?? 0.002) as number, sigmaMax: config.sigma_max, rho: config.rho };
    const all = karrasSigmas(40, range);
    const sigmas = [
      ...leadingTimesteps(n, 40)
        .reverse()
        .map((i) => all[i]!),
      range.sigmaMin,
    ];
    return {
      sampler: consistency({ sigmaMin: range.sigmaMin, noiseScale: config.s_noise }),
      sigmas,
      denoise: (denoise) => {
        const boundary: Denoise = (x, sigma) => {
          // F of the oracle, through EDM's scalings, then the boundary's.
          const [d2, s2] = [0.25, sigma ** 2];
          const [skip, out] = [d2 / (s2 + d2), (sigma * 0.5) / Math.sqrt(s2 + d2)];
          const { cSkip, cOut } = consistencyBoundary(sigma, { sigmaMin: range.sigmaMin });
          return tf.add(tf.mul(cOut / out, denoise(x, sigma)), tf.mul(cSkip - (cOut * skip) / out, x));
        };
        return config.clip_denoised === false ? boundary : clipDenoised(boundary);
      },
    };
  },
  SCMScheduler({ config, levels }) {
    only(config, 'sigma_data');
    return { sampler: consistency(), sigmas: [...levels] };
  },
};

const distilledKeys = ['original_inference_steps', 'timestep_spacing', 'steps_offset', 'set_alpha_to_one'];

/** The timesteps of a model that was distilled for some of them. */
function distilled({ config, n, set_timesteps: how = {} }: FixtureCase): number[] {
  only(how, 'original_inference_steps', 'strength');
  return distilledTimesteps(n, config.num_train_timesteps, {
    originalSteps: how.original_inference_steps ?? config.original_inference_steps,
    strength: how.strength,
  });
}
