import { ddim, type Denoise, type DiscreteSchedule, type Sampler } from '@diptych/core';
import { pndm } from '@diptych/core/samplers';
import { pureNoise } from '@diptych/core/schedules';
import * as tf from '@tensorflow/tfjs-core';
import type { Fields, FixtureCase } from '../../../fixtures/index.ts';
import { only } from '../close.ts';
import { ipndmSigmas, spacedTimesteps } from '../timesteps.ts';
import { type Planners, chainKeys, clipKeys, chainOf, limited } from './plan.ts';

/** DDIM and PNDM, which step by a stride of the chain, and the relative of PNDM that does not. */
export const stridedPlans: Planners = {
  DDIMScheduler(wanted) {
    const { one, scheduler, config, n, step } = wanted;
    only(config, ...chainKeys, ...clipKeys, 'set_alpha_to_one', 'timestep_spacing', 'steps_offset', 'prediction_type');
    const end = config.set_alpha_to_one === false ? chainOf(wanted).sigmas[0]! : 0;
    const { sigmas, strided } = stride(one, chainOf(wanted), spacedTimesteps(scheduler, config, n), end);
    const clip: Fields = { clip_sample: true, ...config };
    const limit = limited(clip);
    if (step.use_clipped_model_output || (!clip.thresholding && !clip.clip_sample))
      return { sampler: strided(ddim({ eta: step.eta })), sigmas, denoise: limit };
    // Clips the estimate of x0, but keeps the noise estimate that it belonged to.
    const unscaled = ddim({ eta: step.eta, limit: (denoised) => limit(() => denoised)(denoised, 0) });
    return { sampler: strided(unscaled), sigmas };
  },
  PNDMScheduler(wanted) {
    const { one, scheduler, config, n } = wanted;
    only(
      config,
      ...chainKeys,
      'skip_prk_steps',
      'set_alpha_to_one',
      'timestep_spacing',
      'steps_offset',
      'prediction_type',
    );
    const table = chainOf(wanted);
    const times = spacedTimesteps(scheduler, config, n);
    const { sigmas, strided } = stride(one, table, times, config.set_alpha_to_one ? 0 : table.sigmas[0]!);
    if (config.skip_prk_steps) return { sampler: strided(pndm()), sigmas };
    const whole = Math.floor(table.betas.length / n);
    const half = Math.floor(whole / 2);
    const sampler = pndm({ start: 'prk', middle: (_, next) => table.sigma(Math.round(table.time(next)) + half) });
    const after = strided(sampler);
    return {
      // The stride counts after the start alone.
      sampler: { ...sampler, step: (x, denoise, step) => (step.index < 3 ? sampler : after).step(x, denoise, step) },
      // Three steps at most it makes by this start alone, and not the last to the end.
      sigmas: n < 4 ? times.map(table.sigma) : sigmas,
      // In a list whose steps are not twice half a stride.
      ...(times.some((t, i) => i > 0 && times[i - 1]! - t !== 2 * half) && {
        denoise: halfStride(table, half),
        unlike: (call: number) => call < 12 && call % 4 === 1,
      }),
    };
  },
  IPNDMScheduler({ config, n }) {
    only(config);
    return {
      sampler: pndm({ start: 'none' }),
      sigmas: ipndmSigmas(n),
      // Where there is no signal the reference divides 0 by 1e-8: its estimate of x0 is 0, not what v says.
      denoise: (denoise) => (x, sigma) => (sigma >= pureNoise ? tf.zerosLike(x) : denoise(x, sigma)),
    };
  },
};

/**
 * DDIM and PNDM of the reference step by the whole stride T/n, whatever timestep they list next, and then take the state that they
 * have for one of the listed timestep. Where the two differ `strided` makes its steps so; a case that has `stock_final` has been put right.
 */
function stride(one: FixtureCase, chain: DiscreteSchedule, times: number[], end: number) {
  const whole = Math.floor(chain.betas.length / one.n);
  const level = (t: number) => (t >= 0 ? chain.sigma(t) : end);
  const levels = times.map(chain.sigma);
  const last = level(times.at(-1)! - whole);
  const lookup = one.stock_final || times.every((t, i) => i === 0 || t === times[i - 1]! - whole);
  const keep = (sampler: Sampler): Sampler => sampler;
  if (one.stock_final) return { sigmas: levels.at(-1)! > end ? [...levels, end] : levels, strided: keep };
  const sigmas = levels.at(-1)! > last ? [...levels, last] : levels;
  if (lookup) return { sigmas, strided: keep };
  const strided = (sampler: Sampler): Sampler => ({
    ...sampler,
    step(x, denoise, step) {
      const sigmaNext = level(Math.round(chain.time(step.sigma)) - whole);
      const result = sampler.step(x, denoise, { ...step, sigmaNext });
      return { ...result, x: tf.mul(result.x, Math.hypot(1, step.sigmaNext) / Math.hypot(1, sigmaNext)) };
    },
  });
  return { sigmas, strided };
}

/**
 * The first of the two estimates in the middle of a Runge-Kutta step of the reference is of a state half a stride below the start, but
 * evaluated half a stride above the end: another timestep, where the stride is odd or not that of the list.
 */
const halfStride =
  (chain: DiscreteSchedule, half: number) =>
  (denoise: Denoise): Denoise => {
    let calls = 0;
    let start: { x: tf.Tensor; sigma: number; e: tf.Tensor } | undefined;
    return (x, sigma) => {
      const call = calls++;
      if (call >= 12 || call % 4 !== 1) {
        const denoised = denoise(x, sigma);
        if (call % 4 === 0) start = { x, sigma, e: tf.div(tf.sub(x, denoised), sigma) };
        return denoised;
      }
      const above = chain.sigma(Math.round(chain.time(start!.sigma)) - half);
      const there = tf.add(start!.x, tf.mul(above - start!.sigma, start!.e));
      const taken = tf.mul(there, Math.hypot(1, sigma) / Math.hypot(1, above));
      // With this estimate the sampler, whose own state is x, finds the noise of that one.
      return tf.sub(x, tf.sub(taken, denoise(taken, sigma)));
    };
  };
