import {
  clipDenoised,
  ddim,
  ddpm,
  type Denoise,
  discreteSchedule,
  type DiscreteSchedule,
  dpmSolverPP,
  generalizedHeun,
  euler,
  eulerAncestral,
  exponentialSigmas,
  flowSchedule,
  heun,
  karrasSigmas,
  type Sampler,
  uniPc,
} from '@diptych/core';
import { dynamicThreshold } from '@diptych/core/denoisers';
import { consistencyBoundary, latentBoundary } from '@diptych/core/diffusion';
import {
  consistency,
  deis,
  dpm2,
  dpm2Ancestral,
  dpmSolver,
  dpmSolverPPSde,
  dpmSolverSinglestep,
  fixedLarge,
  fixedSmall,
  learnedRange,
  lms,
  pndm,
  type StepDeviation,
  saSolver,
  singlestepOrders,
  tcd,
} from '@diptych/core/samplers';
import { distilledTimesteps, leadingTimesteps, pureNoise } from '@diptych/core/schedules';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Fields, FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { close, closeRelative, numbers, only, unknown } from './close.ts';
import { schedulerFlowTimes } from './flow-grids.ts';
import { schedulerGrid } from './grids.ts';
import { oracleOf } from './mixture.ts';
import { bank, run } from './run.ts';
import { betasOf } from './tables.ts';
import { ipndmSigmas, spacedTimesteps } from './timesteps.ts';

/** A scheduler of diffusers in the words of this library. */
interface Plan {
  sampler: Sampler;
  sigmas: number[];
  denoise?: (denoise: Denoise) => Denoise;
  /** Calls whose state the reference has at another timestep than it evaluates: what they lead to is compared. */
  unlike?: (call: number) => boolean;
}

const chainKeys = [
  'beta_schedule',
  'beta_start',
  'beta_end',
  'trained_betas',
  'num_train_timesteps',
  'rescale_betas_zero_snr',
];
const edmKeys = [
  'sigma_data',
  'sigma_schedule',
  'sigma_min',
  'sigma_max',
  'rho',
  'prediction_type',
  'final_sigmas_type',
];
const distilledKeys = ['original_inference_steps', 'timestep_spacing', 'steps_offset', 'set_alpha_to_one'];
const gridKeys = [
  'interpolation_type',
  'sigma_min',
  'sigma_max',
  'timestep_spacing',
  'steps_offset',
  'use_karras_sigmas',
  'use_exponential_sigmas',
  'use_beta_sigmas',
  'use_lu_lambdas',
  'final_sigmas_type',
  'prediction_type',
];
const clipKeys = ['clip_sample', 'clip_sample_range', 'thresholding', 'dynamic_thresholding_ratio', 'sample_max_value'];
const flowKeys = ['use_flow_sigmas', 'flow_shift'];

/** Schedulers that call the network twice in a step. */
const twoCalls = [
  'HeunDiscreteScheduler',
  'KDPM2DiscreteScheduler',
  'KDPM2AncestralDiscreteScheduler',
  'DPMSolverSDEScheduler',
  'FlowMatchHeunDiscreteScheduler',
];

/** Schedulers that keep 2^-24 of the signal's power where a zero terminal SNR leaves none. */
const keepsSignal = [
  'EulerDiscreteScheduler',
  'EulerAncestralDiscreteScheduler',
  'DPMSolverMultistepScheduler',
  'UniPCMultistepScheduler',
];

const limited =
  (config: Fields) =>
  (denoise: Denoise): Denoise => {
    if (config.thresholding) {
      return dynamicThreshold(denoise, {
        quantile: config.dynamic_thresholding_ratio,
        max: config.sample_max_value ?? 1,
      });
    }
    return config.clip_sample ? clipDenoised(denoise, config.clip_sample_range ?? 1) : denoise;
  };

/** Whether the reference lists its last level twice, so that its last step does nothing. */
const repeatsLast = (levels: readonly number[]) => Math.abs(levels.at(-1)! / levels.at(-2)! - 1) < 1e-9;

/** A sampler for a grid whose last step the reference makes twice: it counts the step that does nothing, so orders fall a step later. */
const withIdleStep = (sampler: Sampler): Sampler => ({
  ...sampler,
  step: (x, denoise, step) => sampler.step(x, denoise, { ...step, sigmas: [...step.sigmas, step.sigmas.at(-1)!] }),
});

function plan(one: FixtureCase, levels: readonly number[]): Plan {
  const { scheduler, config, n, step_args: step = {} } = one;
  const stepKeys: Record<string, string[]> = {
    DDIMScheduler: ['eta', 'use_clipped_model_output'],
    TCDScheduler: ['eta'],
    EulerDiscreteScheduler: ['s_churn', 's_tmin', 's_tmax', 's_noise'],
    LMSDiscreteScheduler: ['order'],
    DPMSolverSDEScheduler: ['s_noise'],
  };
  only(step, ...(stepKeys[scheduler] ?? []));
  const chain = (): DiscreteSchedule => {
    const table = discreteSchedule(betasOf(config), { interpolation: 'linear' });
    if (!config.rescale_betas_zero_snr || !keepsSignal.includes(scheduler)) return table;
    const least = Math.sqrt(2 ** 24 - 1);
    const sigmas = table.sigmas.with(-1, least);
    return { ...table, sigmas, sigma: (t) => (t >= sigmas.length - 1 ? least : table.sigma(t)) };
  };
  /** Levels at listed timesteps, then the end. */
  const listed = (timesteps: number[], end: number) => {
    const sigmas = timesteps.map((t) => chain().sigma(t));
    return sigmas.at(-1)! > end ? [...sigmas, end] : sigmas;
  };
  const dpmGrid = () => {
    if (!config.use_flow_sigmas) return schedulerGrid(scheduler, config, n, chain());
    const flow = Object.fromEntries(flowKeys.map((key) => [key, config[key]]));
    const sigmas = schedulerFlowTimes(scheduler, flow, n).map(flowSchedule().sigma);
    if (config.final_sigmas_type !== 'sigma_min') return sigmas;
    // The solvers take the least level of a chain for a flow time; UniPC repeats its last.
    const least = flowSchedule().sigma(chain().sigmas[0]!);
    const inner = sigmas.slice(0, -1);
    return scheduler !== 'UniPCMultistepScheduler' && inner.at(-1)! > least ? [...inner, least] : inner;
  };
  const few = (n < 15 || undefined) && (config.lower_order_final ?? true);
  const multistep = {
    order: config.solver_order ?? 2,
    correction: config.solver_type,
    lowerOrderFinal: few ? 2 : config.euler_at_final ? 1 : 0,
  };

  switch (scheduler) {
    case 'DDPMScheduler': {
      only(config, ...chainKeys, ...clipKeys, 'variance_type', 'timestep_spacing', 'steps_offset', 'prediction_type');
      const leading = { timestep_spacing: 'leading', ...config };
      const predicted = one.predicted_variance && numbers(one.predicted_variance);
      const deviation =
        {
          fixed_small: fixedSmall,
          fixed_small_log: fixedSmall,
          fixed_large: fixedLarge,
          learned_range: learnedRange(() => tf.tensor(predicted!, one.x_init.shape)),
          // The prediction is the variance of the state of unit variance.
          learned: ((_, next) =>
            tf.mul(tf.sqrt(tf.tensor(predicted!, one.x_init.shape)), Math.hypot(1, next))) as StepDeviation,
        }[(config.variance_type ?? 'fixed_small') as string] ?? unknown(config);
      const clip: Fields = { clip_sample: true, ...config };
      return {
        sampler: ddpm({ deviation }),
        sigmas: listed(spacedTimesteps(scheduler, leading, n), 0),
        denoise: limited(clip),
      };
    }
    case 'DDIMScheduler': {
      only(
        config,
        ...chainKeys,
        ...clipKeys,
        'set_alpha_to_one',
        'timestep_spacing',
        'steps_offset',
        'prediction_type',
      );
      const end = config.set_alpha_to_one === false ? chain().sigmas[0]! : 0;
      const { sigmas, strided } = stride(one, chain(), spacedTimesteps(scheduler, config, n), end);
      const clip: Fields = { clip_sample: true, ...config };
      const limit = limited(clip);
      if (step.use_clipped_model_output || (!clip.thresholding && !clip.clip_sample))
        return { sampler: strided(ddim({ eta: step.eta })), sigmas, denoise: limit };
      // Clips the estimate of x0, but keeps the noise estimate that it belonged to.
      const unscaled = ddim({ eta: step.eta, limit: (denoised) => limit(() => denoised)(denoised, 0) });
      return { sampler: strided(unscaled), sigmas };
    }
    case 'PNDMScheduler': {
      only(
        config,
        ...chainKeys,
        'skip_prk_steps',
        'set_alpha_to_one',
        'timestep_spacing',
        'steps_offset',
        'prediction_type',
      );
      const table = chain();
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
    }
    case 'IPNDMScheduler':
      only(config);
      return {
        sampler: pndm({ start: 'none' }),
        sigmas: ipndmSigmas(n),
        // Where there is no signal the reference divides 0 by 1e-8: its estimate of x0 is 0, not what v says.
        denoise: (denoise) => (x, sigma) => (sigma >= pureNoise ? tf.zerosLike(x) : denoise(x, sigma)),
      };
    case 'LCMScheduler': {
      only(config, ...chainKeys, ...clipKeys, ...distilledKeys, 'timestep_scaling', 'prediction_type');
      const table = chain();
      return {
        sampler: consistency(),
        sigmas: listed(distilled(one), 0),
        denoise: (denoise) => (x, sigma) => {
          const t = Math.round(table.time(sigma));
          const { cSkip, cOut } = latentBoundary(t, { timestepScaling: config.timestep_scaling });
          return tf.add(tf.mul(cOut, limited(config)(denoise)(x, sigma)), tf.mul(cSkip / Math.hypot(1, sigma), x));
        },
      };
    }
    case 'TCDScheduler':
      // It has the options of clipping, and does not clip.
      only(config, ...chainKeys, ...distilledKeys, ...clipKeys, 'prediction_type');
      return { sampler: tcd(chain(), { gamma: step.eta }), sigmas: listed(distilled(one), chain().sigmas[0]!) };
    case 'CMStochasticIterativeScheduler': {
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
            const { cSkip, cOut } = consistencyBoundary(sigma, range);
            return tf.add(tf.mul(cOut / out, denoise(x, sigma)), tf.mul(cSkip - (cOut * skip) / out, x));
          };
          return config.clip_denoised === false ? boundary : clipDenoised(boundary);
        },
      };
    }
    case 'SCMScheduler':
      only(config, 'sigma_data');
      return { sampler: consistency(), sigmas: [...levels] };
    case 'DPMSolverMultistepScheduler': {
      only(
        config,
        ...chainKeys,
        ...gridKeys,
        ...flowKeys,
        ...clipKeys,
        'solver_order',
        'algorithm_type',
        'solver_type',
        'lower_order_final',
        'euler_at_final',
      );
      const type = (config.algorithm_type ?? 'dpmsolver++') as string;
      const eta = type.startsWith('sde-') ? 1 : 0;
      const make = { 'dpmsolver++': dpmSolverPP, dpmsolver: dpmSolver }[type.replace('sde-', '')] ?? unknown(config);
      return { sampler: make({ ...multistep, eta }), sigmas: dpmGrid(), denoise: limited(config) };
    }
    case 'DPMSolverSinglestepScheduler': {
      only(
        config,
        ...chainKeys,
        ...gridKeys,
        ...flowKeys,
        ...clipKeys,
        'solver_order',
        'algorithm_type',
        'solver_type',
        'lower_order_final',
      );
      const type = (config.algorithm_type ?? 'dpmsolver++') as string;
      // To 0, or by choice where the last block is whole, the last step has order 1; else blocks just follow each other.
      const last =
        config.final_sigmas_type !== 'sigma_min' || (config.lower_order_final && n % (config.solver_order ?? 2) === 0);
      const orders = singlestepOrders(last ? n : n + 1, config.solver_order ?? 2).slice(0, n);
      if (one.order_list) close(orders, one.order_list, 0, 'orders');
      return {
        sampler: dpmSolverSinglestep({
          order: config.solver_order,
          extrapolates: type.endsWith('++') ? 'data' : 'noise',
          eta: type.startsWith('sde-') ? 1 : 0,
          correction: config.solver_type,
          orders,
        }) as Sampler,
        sigmas: dpmGrid(),
        denoise: limited(config),
      };
    }
    case 'DEISMultistepScheduler':
      only(config, ...chainKeys, ...gridKeys, ...flowKeys, ...clipKeys, 'solver_order', 'lower_order_final');
      return {
        sampler: deis(multistep) as Sampler,
        denoise: limited(config),
        sigmas: config.use_flow_sigmas ? dpmGrid().slice(0, -1) : stopped(dpmGrid(), chain),
      };
    case 'UniPCMultistepScheduler':
      only(
        config,
        ...chainKeys,
        ...gridKeys,
        ...flowKeys,
        ...clipKeys,
        'solver_order',
        'solver_type',
        'predict_x0',
        'disable_corrector',
        'lower_order_final',
      );
      return {
        sampler: uniPc({
          order: config.solver_order,
          variant: config.solver_type,
          extrapolates: config.predict_x0 === false ? 'noise' : 'data',
          correct: (index) => !(config.disable_corrector ?? []).includes(index),
          lowerOrderFinal: config.lower_order_final === false ? 0 : 3,
        }) as Sampler,
        sigmas: dpmGrid(),
        denoise: limited(config),
      };
    case 'SASolverScheduler': {
      only(
        config,
        ...chainKeys,
        ...gridKeys,
        ...clipKeys,
        'predictor_order',
        'corrector_order',
        'tau',
        'algorithm_type',
        'lower_order_final',
      );
      const table = chain();
      const between = (sigma: number) => (table.time(sigma) >= 200 - 1e-6 && table.time(sigma) <= 800 + 1e-6 ? 1 : 0);
      return {
        sampler: saSolver({
          predictorOrder: config.predictor_order,
          correctorOrder: config.corrector_order,
          eta: config.tau ?? between,
          lowerOrderFinal: config.lower_order_final === false ? 0 : 4,
          extrapolates: (config.algorithm_type ?? 'data_prediction') === 'data_prediction' ? 'data' : 'noise',
        }) as Sampler,
        sigmas: stopped(dpmGrid(), chain),
        denoise: limited(config),
      };
    }
    case 'EulerDiscreteScheduler':
      only(config, ...chainKeys, ...gridKeys);
      return {
        sampler: euler({ churn: step.s_churn, churnMin: step.s_tmin, churnMax: step.s_tmax, churnNoise: step.s_noise }),
        sigmas: dpmGrid(),
      };
    case 'EulerAncestralDiscreteScheduler':
      only(config, ...chainKeys, ...gridKeys);
      return { sampler: eulerAncestral(), sigmas: dpmGrid() };
    case 'HeunDiscreteScheduler':
      only(config, ...chainKeys, ...gridKeys, ...clipKeys);
      return { sampler: heun(), sigmas: dpmGrid(), denoise: limited(config) };
    case 'LMSDiscreteScheduler':
      only(config, ...chainKeys, ...gridKeys);
      return { sampler: lms({ order: step.order }) as Sampler, sigmas: dpmGrid() };
    case 'KDPM2DiscreteScheduler':
      only(config, ...chainKeys, ...gridKeys);
      return { sampler: dpm2(), sigmas: dpmGrid() };
    case 'KDPM2AncestralDiscreteScheduler':
      only(config, ...chainKeys, ...gridKeys);
      return { sampler: dpm2Ancestral(), sigmas: dpmGrid() };
    case 'DPMSolverSDEScheduler':
      only(config, ...chainKeys, ...gridKeys);
      return { sampler: dpmSolverPPSde({ noiseScale: step.s_noise }), sigmas: dpmGrid() };
    case 'EDMEulerScheduler':
      only(config, ...edmKeys);
      return { sampler: euler(), sigmas: edmGrid(config, n) };
    case 'EDMDPMSolverMultistepScheduler':
    case 'CosineDPMSolverMultistepScheduler': {
      only(
        config,
        ...edmKeys,
        ...clipKeys,
        'solver_order',
        'solver_type',
        'algorithm_type',
        'lower_order_final',
        'euler_at_final',
      );
      const cosine = scheduler.startsWith('Cosine');
      const eta = cosine || config.algorithm_type === 'sde-dpmsolver++' ? 1 : 0;
      return {
        sampler: dpmSolverPP({ ...multistep, eta }),
        sigmas: edmGrid(
          cosine ? { sigma_schedule: 'exponential', sigma_min: 0.3, sigma_max: 500, ...config } : config,
          n,
        ),
        denoise: limited(config),
      };
    }
    case 'FlowMatchEulerDiscreteScheduler':
    case 'FlowMatchHeunDiscreteScheduler': {
      const given = one.input_sigmas && numbers(one.input_sigmas);
      const times = schedulerFlowTimes(scheduler, config, n, given, one.mu ?? one.set_timesteps?.mu);
      const sampler = scheduler.includes('Heun')
        ? generalizedHeun({ schedule: flowSchedule() })
        : config.stochastic_sampling
          ? consistency()
          : euler();
      return { sampler, sigmas: times.map(flowSchedule().sigma) };
    }
    default:
      return unknown({ scheduler });
  }
}

/** The timesteps of a model that was distilled for some of them. */
function distilled({ config, n, set_timesteps: how = {} }: FixtureCase): number[] {
  only(how, 'original_inference_steps', 'strength');
  return distilledTimesteps(n, config.num_train_timesteps, {
    originalSteps: how.original_inference_steps ?? config.original_inference_steps,
    strength: how.strength,
  });
}

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

/** The noise that DDPM of the reference adds in its last step, to 0, if that is from a timestep above 0: its standard deviation. */
function lastDeviation(one: FixtureCase): number[] | undefined {
  if (one.scheduler !== 'DDPMScheduler' || numbers(one.timesteps).at(-1) === 0) return undefined;
  const size = one.x_init.data.length as number;
  const beta = numbers(one.model_sigma).at(-1)! ** 2;
  switch (one.config.variance_type ?? 'fixed_small') {
    case 'fixed_large':
      return new Array<number>(size).fill(Math.sqrt(beta));
    case 'learned':
      return numbers(one.predicted_variance).map(Math.sqrt);
    case 'learned_range': // whose smallest variance is 1e-20 in place of 0
      return numbers(one.predicted_variance).map((v) => Math.sqrt(beta ** ((v + 1) / 2) * 1e-20 ** ((1 - v) / 2)));
    default:
      return undefined;
  }
}

/** The grid of a scheduler that stops at the least noisy level, and not at 0. */
function stopped(sigmas: number[], chain: () => DiscreteSchedule): number[] {
  const inner = sigmas.slice(0, -1);
  const least = chain().sigmas[0]!;
  return inner.at(-1)! > least * (1 + 1e-9) ? [...inner, least] : inner;
}

function edmGrid(config: Fields, n: number): number[] {
  const make = { karras: karrasSigmas, exponential: exponentialSigmas }[(config.sigma_schedule ?? 'karras') as string];
  const range = { sigmaMin: config.sigma_min ?? 0.002, sigmaMax: config.sigma_max ?? 80 };
  const sigmas = make ? make(n, { ...range, ...(make === karrasSigmas && { rho: config.rho }) }) : unknown(config);
  return config.final_sigmas_type === 'sigma_min' ? sigmas.slice(0, -1) : sigmas;
}

export async function schedulers(one: FixtureCase, file: FixtureFile): Promise<void> {
  const [alphas, stds] = [numbers(one.model_alpha), numbers(one.model_sigma)];
  const level = (alpha: number, sigma: number) =>
    alpha === 0 ? pureNoise : Math.min(Math.abs(sigma / alpha), pureNoise);
  const calls = alphas.map((alpha, i) => level(alpha, stds[i]!));
  const last = level(one.final_alpha, one.final_sigma);
  const levels = [...calls, last];
  const dead = repeatsLast(levels);
  const planned = plan(one, levels);
  const { sigmas, denoise, unlike = () => false } = planned;
  if (sigmas.length < 2) {
    // The reference makes no step, or its only step goes nowhere.
    expect(calls.length).toBeLessThanOrEqual(1);
    return close(numbers(one.final), one.x_init, 1e-9, 'final');
  }
  const sampler = dead ? withIdleStep(planned.sampler) : planned.sampler;
  // A single flow time cannot be stretched to a terminal one: the reference divides 0 by 0.
  if (levels.some(Number.isNaN)) return expect(sigmas.every(Number.isFinite)).toBe(true);

  const rows = bank(file);
  // Rows of the bank by call; -1 where none was used. What is multiplied by 0 is not drawn here.
  const used = (one.noise_index ? numbers(one.noise_index) : []).filter((row) => row >= 0);
  const perStep = !twoCalls.includes(one.scheduler);
  const oracle = oracleOf(file).denoiseExactly;
  // The reference starts from a state at its own scale.
  const scale = (alpha: number) => (alpha === 0 ? 1 / pureNoise : alpha);
  const initial = { shape: one.x_init.shape, data: numbers(one.x_init).map((x) => x / scale(alphas[0]!)) };
  const got = await run(sampler, denoise ? denoise(oracle) : oracle, {
    sigmas,
    initial,
    noise: ({ index }, draw) => rows(perStep ? numbers(one.noise_index)[index]! : used[draw]!),
  });

  const size = initial.data.length;
  const expected = (i: number) => one.xs.data.slice(i * size, (i + 1) * size) as number[];
  const slack = Math.max(5e-6, 5 * Math.max(one.stock_float32_max_abs_diff ?? 0, 0));
  const same = (x: readonly number[], alpha: number, i: number) => {
    const state = expected(i);
    // Where the reference divides 0 by 0 (noise without signal, bh1 to 0) it has no numbers any more; ours stay finite.
    if (!state.every(Number.isFinite)) return expect(x.every(Number.isFinite), `state ${i}`).toBe(true);
    const size = Math.max(1, ...state.map(Math.abs));
    const scaled = x.map((value) => (value * scale(alpha)) / size);
    close(
      scaled,
      state.map((value) => value / size),
      Math.max(5e-6, slack / size),
      `state ${i} / ${size}`,
    );
  };
  const exponential = one.config.sigma_schedule === 'exponential' || one.scheduler.startsWith('Cosine');
  if (one.n === 1 && levels[0]! < sigmas[0]! && (numbers(one.timesteps)[0] === 0 || exponential)) {
    // The reference starts its only step at the clean end, where there is nothing to denoise.
    return expect(sigmas.length).toBe(2);
  }
  const added = lastDeviation(one);
  if (added) {
    const noise = rows(numbers(one.noise_index).at(-1)!);
    got.xs.at(-1)!.forEach((x, i, final) => (final[i] = x + added[i]! * noise[i]!));
  }
  const wrong =
    (one.scheduler === 'PNDMScheduler' && one.prediction === 'v_prediction') ||
    (one.scheduler === 'DPMSolverMultistepScheduler' &&
      one.config.algorithm_type === 'sde-dpmsolver++' &&
      one.config.solver_order === 3 &&
      // With fewer steps, orders fall before the third.
      one.n > (one.config.lower_order_final === false ? 3 : 4));
  if ((one.quirk && !dead && !added) || wrong) return quirk(one, got.xs, sigmas, same);
  // Schedulers that call twice in a step list what they call between the levels of the grid, too.
  for (const sigma of sigmas) {
    const nearest = levels.reduce((best, other) => (Math.abs(other - sigma) < Math.abs(best - sigma) ? other : best));
    closeRelative([sigma], [nearest], 5e-7, 'grid');
  }
  const compared = dead ? alphas.length - 1 : alphas.length;
  expect(got.calls.length).toBe(compared);
  got.calls.forEach((call, i) => {
    closeRelative([call.sigma], [calls[i]!], 5e-7, `level of call ${i}`);
    if (!unlike(i)) same(call.x, alphas[i]!, i);
  });
  same(got.xs.at(-1)!, dead ? alphas.at(-1)! : one.final_alpha, compared);
}

/** Where the reference is wrong in a way that its numbers show. */
function quirk(
  one: FixtureCase,
  xs: number[][],
  sigmas: number[],
  same: (x: readonly number[], alpha: number, i: number) => void,
): void {
  const alphas = numbers(one.model_alpha);
  const final = xs.at(-1)!;
  const off = Math.max(...final.map((value, i) => Math.abs(value * (one.final_alpha || 1) - numbers(one.final)[i]!)));
  if (one.scheduler === 'DDIMScheduler') {
    // The expected numbers take the next timestep from the list; the reference, from a stride.
    xs.slice(0, -1).forEach((x, i) => same(x, alphas[i]!, i));
    same(final, one.final_alpha, alphas.length);
    const stock = numbers(one.stock_final);
    expect(Math.max(...final.map((x, i) => Math.abs(x - stock[i]!)))).toBeGreaterThan(1e-3);
  } else if (one.scheduler === 'PNDMScheduler' && one.prediction === 'v_prediction') {
    // It combines predictions v of different levels. The first step is not combined.
    xs.slice(0, 1).forEach((x, i) => same(x, alphas[i]!, i));
    if (one.n > 4) expect(off).toBeGreaterThan(1e-3);
  } else if (one.step_args?.s_churn) {
    // It adds the noise of churn after the call. Before the first churn all is the same.
    const first = sigmas.findIndex((sigma) => sigma <= one.step_args.s_tmax);
    xs.slice(0, first + 1).forEach((x, i) => same(x, alphas[i]!, i));
    expect(off).toBeGreaterThan(1e-3);
  } else if (one.config.algorithm_type === 'sde-dpmsolver++' && one.config.solver_order === 3) {
    // The second difference has the wrong sign there; it enters with the third step.
    xs.slice(0, 3).forEach((x, i) => same(x, alphas[i]!, i));
    expect(off).toBeGreaterThan(1e-3);
  } else unknown({ quirk: one.quirk });
}
