import {
  cfg,
  type Denoise,
  discreteSchedule,
  guided,
  guidedWithin,
  type GuidanceRule,
  heun,
  karrasSigmas,
} from '@diptych/core';
import { thresholdEstimate } from '@diptych/core/denoisers';
import {
  apg,
  apgUpdate,
  cfgRescale,
  cfgZeroStar,
  classifierGuided,
  intervalOfSteps,
  magnitudeAwareCfg,
  tangentialCfg,
} from '@diptych/core/guidance';
import { posterior } from '@diptych/core/schedules';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Fields, FixtureCase, FixtureFile, NumberArray } from '../../fixtures/index.ts';
import { type Mixture, mixtureOracle } from '../mixture-oracle.ts';
import { close, numbers, only, unknown } from './close.ts';
import { rowsOf } from './mixture.ts';
import { closePath, conditioning, run } from './run.ts';
import { betasOf } from './tables.ts';

const tensor = ({ data, shape }: NumberArray) => tf.tensor(data, shape);

/** Float32 arithmetic on a few numbers: relative to the largest of them. */
function closeTensor(got: tf.Tensor, expected: NumberArray, message = ''): void {
  const scale = Math.max(1, ...expected.data.map(Math.abs));
  expect(got.shape).toEqual(expected.shape);
  close(
    Array.from(got.dataSync(), (x) => x / scale),
    expected.data.map((x) => x / scale),
    5e-6,
    message,
  );
}

const ruled = (rule: GuidanceRule, { cond, uncond, pred }: Fields) =>
  tf.tidy(() => closeTensor(rule(tensor(cond), tensor(uncond), 1), pred));

export async function guidance(one: FixtureCase, file: FixtureFile): Promise<void> {
  const { kind, config } = one;
  const scale = config.guidance_scale as number;
  switch (kind) {
    case 'cfg':
      only(config, 'guidance_scale', 'use_original_formulation');
      // The first paper's scale counts from the better estimate.
      return ruled(cfg(config.use_original_formulation ? 1 + scale : scale), one);
    case 'cfg_rescale':
      only(config, 'guidance_scale', 'guidance_rescale');
      return ruled(cfgRescale(scale, config.guidance_rescale), one);
    case 'interval': {
      only(config, 'start', 'stop', 'n');
      const sigmas = karrasSigmas(config.n);
      const { sigmaMin, sigmaMax } = intervalOfSteps(sigmas, config.start, config.stop);
      return expect(sigmas.slice(0, -1).map((sigma) => sigma >= sigmaMin && sigma <= sigmaMax)).toEqual(one.enabled);
    }
    case 'apg':
      return projected(one, file);
    case 'cfg_zero_star':
      only(config, 'guidance_scale', 'step', 'zero_init_steps');
      // In its first steps the prediction is zero, whatever the network says.
      if (config.step < config.zero_init_steps) return expect(numbers(one.pred).every((x) => x === 0)).toBe(true);
      return ruled(cfgZeroStar(scale), one);
    case 'tcfg':
      only(config, 'guidance_scale');
      return ruled(tangentialCfg(scale), one);
    case 'magnitude_aware':
      only(config, 'guidance_scale', 'alpha');
      return ruled(magnitudeAwareCfg(scale, config.alpha), one);
    case 'autoguidance':
      only(config, 'guidance');
      return ruled(cfg(config.guidance), { cond: one.main, uncond: one.guide, pred: one.pred });
    case 'threshold': {
      only(config, 'ratio', 'sample_max_value', 'percentile');
      const options = { quantile: config.ratio ?? config.percentile, max: config.sample_max_value };
      return tf.tidy(() => closeTensor(thresholdEstimate(tensor(one.x), options), one.y));
    }
    case 'clip':
      only(config, 'range');
      return tf.tidy(() => closeTensor(tf.clipByValue(tensor(one.x), -config.range, config.range), one.y));
    case 'classifier':
      return classifier(one);
    case 'guided_sampling':
      return sampling(one, file);
    default:
      return unknown({ kind });
  }
}

function projected({ config, preds, calls }: FixtureCase, file: FixtureFile): void {
  only(config, 'guidance_scale', 'momentum', 'norm_threshold', 'eta', 'use_original_formulation', 'paper_scale');
  expect(calls).toContain('arrays.apg_cond');
  const arrays = file.shared.arrays as Fields;
  const options = { eta: config.eta, normThreshold: config.norm_threshold };
  const rule = apg({ ...options, scale: config.paper_scale ?? 2, momentum: config.momentum ?? 0 });
  tf.tidy(() => {
    const [conds, unconds] = [tf.unstack(tensor(arrays.apg_cond)), tf.unstack(tensor(arrays.apg_uncond))];
    const size = preds.data.length / conds.length;
    conds.forEach((cond, i) => {
      const expected = { shape: cond.shape, data: preds.data.slice(i * size, (i + 1) * size) };
      const got = rule(cond, unconds[i]!, 1);
      if (config.paper_scale !== undefined) return closeTensor(got, expected, `call ${i}`);
      // diffusers adds the update to one of the two estimates. With scale 2 the rule adds it once to the better one.
      const base = config.use_original_formulation ? cond : unconds[i]!;
      closeTensor(tf.add(base, tf.mul(config.guidance_scale, tf.sub(got, cond))), expected, `call ${i}`);
      if (!config.momentum)
        closeTensor(apgUpdate(tf.sub(cond, unconds[i]!), cond, options), {
          shape: cond.shape,
          data: Array.from(tf.sub(got, cond).dataSync()),
        });
    });
  });
  rule.dispose();
}

function classifier({ config, t, x_t, eps, grad_log_prob, ...expected }: FixtureCase): void {
  only(config, 'schedule', 'T', 'variance');
  const chain = discreteSchedule(betasOf({ schedule: config.schedule, T: config.T }));
  const size = x_t.data.length / numbers(t).length;
  const rows = (of: NumberArray, i: number) => of.data.slice(i * size, (i + 1) * size);
  numbers(t).forEach((at, i) => {
    const alpha = Math.sqrt(chain.alphasCumprod[at]!);
    const sigma = chain.sigmas[at]!;
    const [state, noise, gradient] = [rows(x_t, i), rows(eps, i), rows(grad_log_prob, i)];
    const x = tf.tensor([state.map((value) => value / alpha)]);
    const denoise: Denoise = (x) => tf.sub(x, tf.mul(sigma, tf.tensor([noise])));
    // ln p is linear in x_t = alpha x, with the given slope.
    const logProbability = (x: tf.Tensor) => tf.sum(tf.mul(x, tf.tensor([gradient.map((g) => g * alpha)])), -1);
    const got = tf.tidy(() => Array.from(classifierGuided(denoise, logProbability)(x, sigma).dataSync()));
    x.dispose();
    const scale = Math.max(...got.map(Math.abs));
    close(
      got.map((x) => x / scale),
      rows(expected.guided_pred_x0, i).map((x) => x / scale),
      5e-6,
      'guided x0',
    );
    // The posterior's mean at that estimate, and the form that shifts the mean by variance times gradient.
    const { onX0, onState } = posterior(chain, at);
    close(
      got.map((x0, j) => onX0 * x0 + onState * state[j]!),
      rows(expected.guided_score_mean, i),
      5e-5,
      'mean from the score',
    );
    const shifted = rows(expected.mean, i).map((mean, j) => mean + rows(expected.variance, i)[j]! * gradient[j]!);
    close(shifted, rows(expected.guided_mean, i), 1e-9, 'shifted mean');
  });
}

async function sampling({ config, ...expected }: FixtureCase, file: FixtureFile): Promise<void> {
  only(config, 'sigma_min', 'sigma_max', 'rho', 'num_steps', 'guidance', 'main', 'guide', 'interval_steps');
  const problem = file.shared.problem as Fields;
  const whole: Mixture = { means: rowsOf(problem.means), stds: problem.stds.data, weights: problem.weights.data };
  const named: Record<string, Mixture> = {
    'full mixture': whole,
    'component 0 alone': { means: [whole.means[0]!], stds: [whole.stds[0]!], weights: [1] },
    'mixture with stds sqrt(std^2+0.09)': { ...whole, stds: whole.stds.map((std) => Math.sqrt(std ** 2 + 0.09)) },
  };
  const oracle = (name: string) => (named[name] ? mixtureOracle(named[name]).denoiseExactly : unknown({ data: name }));
  const main = oracle(config.main);
  const both = guided(main, oracle(config.guide), cfg(config.guidance));
  const sigmas = karrasSigmas(config.num_steps, {
    sigmaMin: config.sigma_min,
    sigmaMax: config.sigma_max,
    rho: config.rho,
  });
  const [first, last] = config.interval_steps ?? [0, config.num_steps];
  const initial = { shape: problem.z_init.shape, data: problem.z_init.data.map((z: number) => z * sigmas[0]!) };
  const path = (data: readonly number[], rounding = 1) => {
    // Both calls of a step count as inside there, so the step decides, not the level; one call in the last step.
    let calls = 0;
    const denoise: Denoise = (x, sigma) => {
      const step = Math.floor(calls++ / 2);
      const range = step >= first && step <= last ? { sigmaMin: 0, sigmaMax: Infinity } : { sigmaMin: 0, sigmaMax: 0 };
      return tf.mul(guidedWithin(both, main, range)(x, sigma), rounding);
    };
    return run(heun(), denoise, { sigmas, initial: { ...initial, data: [...data] } });
  };
  const got = await path(initial.data);
  closePath(got.xs, expected.xs, expected.final, await conditioning(got.xs, (data) => path(data, 1 + 2 ** -23)));
}
