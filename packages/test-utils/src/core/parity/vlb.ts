import { discreteSchedule, type DiscreteSchedule } from '@diptych/core';
import {
  discretizedGaussian,
  gaussianLogDensity,
  largeLogVariance,
  normalKl,
  priorBits,
  rangeLogVariance,
  smallLogVariance,
  tanhNormalCdf,
  vlbTerm,
} from '@diptych/core/likelihood';
import { normalCdf } from '@diptych/core/numeric';
import { posterior, respacedBetas, spaceTimesteps } from '@diptych/core/schedules';
import { expect } from 'vitest';
import type { Fields, FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { close, closeRelative, numbers, only, unknown } from './close.ts';
import { oracleOf, rowsOf } from './mixture.ts';
import { sectionsOf } from './respacing.ts';
import { bank } from './run.ts';
import { betasOf } from './tables.ts';

const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length;
const clip = (x: number) => Math.min(1, Math.max(-1, x));

export function vlb(one: FixtureCase, file: FixtureFile): void {
  const each = (f: (...of: number[]) => number, ...names: string[]) =>
    numbers(one[names[0]!]).map((_, i) => f(...names.map((name) => numbers(one[name])[i]!)));
  switch (one.kind) {
    case 'kl': {
      const kl = each(normalKl, 'mean1', 'logvar1', 'mean2', 'logvar2');
      close(kl, one.kl);
      const width = one.mean1.shape.at(-1);
      return close(
        rowsOf({ shape: [0, width], data: kl }).map((row) => mean(row) / Math.LN2),
        one.kl_bits_per_dim,
      );
    }
    case 'discretized': {
      close(
        (one.pixels as number[]).map((v) => (2 * v) / 255 - 1),
        numbers(one.x).slice(0, one.pixels.length),
      );
      for (const [name, cdf] of [
        ['log_likelihood', tanhNormalCdf],
        ['with_exact_normal_cdf', normalCdf],
      ] as const) {
        const got = each((x, m, s) => discretizedGaussian(x, m, s, { cdf }), 'x', 'means', 'log_scales');
        // The reference subtracts numbers near 1: its probabilities are good to about 1e-16, absolutely.
        numbers(one[name]).forEach((expected, i) =>
          close(got[i]!, expected, 1e-9 + 4e-16 / Math.exp(expected), `${name} ${i}`),
        );
      }
      return;
    }
    case 'cdf':
      closeRelative(each(tanhNormalCdf, 'x'), one.approx);
      return closeRelative(each(normalCdf, 'x'), one.exact);
    case 'continuous': {
      const got = each(gaussianLogDensity, 'x', 'means', 'log_scales');
      close(got, one.correct);
      // The reference leaves out - log scale.
      return close(
        got.map((value, i) => value + numbers(one.log_scales)[i]!),
        one.reference,
      );
    }
    case 'posterior':
      return terms(one);
    case 'bpd':
      return bound(one, file);
    default:
      return unknown({ kind: one.kind });
  }
}

function terms(one: FixtureCase): void {
  only(one.config, 'schedule', 'T', 'beta_start', 'beta_end');
  const chain = discreteSchedule(betasOf(one.config));
  const [x0, xt, eps, v] = [one.x0, one.x_t, one.model_eps, one.model_v].map(rowsOf) as [
    number[][],
    number[][],
    number[][],
    number[][],
  ];
  numbers(one.t).forEach((t, i) => {
    const q = posterior(chain, t);
    const level = chain.sigmas[t]!;
    const scale = Math.sqrt(chain.alphasCumprod[t]!);
    const noisy = x0[i]!.map((x, j) => scale * (x + level * rowsOf(one.eps)[i]![j]!));
    close(noisy, xt[i]!, 1e-9, 'x_t');
    close(
      x0[i]!.map((x, j) => q.onX0 * x + q.onState * xt[i]![j]!),
      rowsOf(one.posterior_mean)[i]!,
      1e-9,
      'posterior mean',
    );
    close(
      [q.variance, q.logVariance],
      [numbers(one.posterior_variance)[i]!, numbers(one.posterior_log_variance_clipped)[i]!],
      1e-9,
    );
    close(priorBits(chain, x0[i]!), numbers(one.prior_bits_per_dim)[i]!, 1e-9, 'prior');

    const x = xt[i]!.map((value, j) => value / scale - level * eps[i]![j]!);
    const range = v[i]!.map((value) => rangeLogVariance(value)(chain, t));
    const forms: [string, number | number[]][] = [
      ['fixed_small', smallLogVariance(chain, t)],
      ['fixed_large', largeLogVariance(chain, t)],
      ['learned_range', range],
    ];
    for (const [name, logVariance] of forms) {
      for (const suffix of ['', '_clip']) {
        const expected = one[name + suffix] as Fields;
        // Where no signal is left x0 is a difference of large numbers: fewer of the 12 digits of the file remain.
        const digits = 1e-9 * Math.max(1, level / 10);
        const predicted = suffix ? x.map(clip) : x;
        close(predicted, rowsOf(expected.pred_x0)[i]!, digits, `${name}${suffix} x0`);
        close(
          predicted.map((p, j) => q.onX0 * p + q.onState * xt[i]![j]!),
          rowsOf(expected.mean)[i]!,
          digits,
          'mean',
        );
        const logs =
          typeof logVariance === 'number' ? numbers(expected.log_variance)[i]! : rowsOf(expected.log_variance)[i]!;
        close(logVariance, logs, 1e-9, 'log variance');
        const bits = vlbTerm(chain, t, { x0: x0[i]!, xt: xt[i]!, predicted, logVariance }, { cdf: tanhNormalCdf });
        close(bits, numbers(expected.vb_bits)[i]!, 1e-7, `${name}${suffix} bits`);
      }
    }
    const bits = vlbTerm(
      chain,
      t,
      { x0: x0[i]!, xt: xt[i]!, predicted: x, logVariance: range },
      { cdf: tanhNormalCdf },
    );
    const mse = mean(eps[i]!.map((e, j) => (e - rowsOf(one.eps)[i]![j]!) ** 2));
    close(
      [bits, mse, mse + bits],
      ['vb', 'mse', 'loss'].map((name) => numbers(one.loss_mse[name])[i]!),
      1e-7,
      'loss',
    );
    const T = chain.betas.length;
    close(numbers(one.loss_rescaled_mse.loss)[i]!, mse + (bits * T) / 1000, 1e-7, 'rescaled loss');
    close([numbers(one.loss_kl.loss)[i]!, numbers(one.loss_rescaled_kl.loss)[i]! / T], [bits, bits], 1e-7, 'KL losses');
  });
}

function bound(one: FixtureCase, file: FixtureFile): void {
  const { schedule, T, respacing, variance, beta_start, beta_end, clip_denoised = true } = one.config;
  only(one.config, 'schedule', 'T', 'respacing', 'variance', 'beta_start', 'beta_end', 'clip_denoised');
  const kept = spaceTimesteps(sectionsOf(respacing), T);
  close(kept, one.timestep_map, 0);
  const chain: DiscreteSchedule = discreteSchedule(respacedBetas(betasOf({ schedule, T, beta_start, beta_end }), kept));
  const logVariance =
    { fixed_large: largeLogVariance, fixed_small: smallLogVariance }[variance as string] ?? unknown(one.config);
  const [oracle, rows] = [oracleOf(file), bank(file)];
  rowsOf(one.x0).forEach((x0, i) => {
    const width = x0.length;
    const bits = kept.map((_, k) => {
      const t = kept.length - 1 - k;
      const [alpha, sigma] = [Math.sqrt(chain.alphasCumprod[t]!), Math.sqrt(1 - chain.alphasCumprod[t]!)];
      const noise = rows(k).slice(i * width, (i + 1) * width);
      const xt = x0.map((x, j) => alpha * x + sigma * noise[j]!);
      const predicted = oracle.denoised(xt, sigma, alpha).map(clip_denoised ? clip : Number);
      close(
        mean(predicted.map((p, j) => (p - x0[j]!) ** 2)),
        rowsOf(one.xstart_mse)[i]![k]!,
        1e-7,
        `error of x0 at ${t}`,
      );
      return vlbTerm(chain, t, { x0, xt, predicted, logVariance: logVariance(chain, t) }, { cdf: tanhNormalCdf });
    });
    close(bits, rowsOf(one.vb)[i]!, 1e-7, 'terms');
    const prior = priorBits(chain, x0);
    close(prior, numbers(one.prior_bpd)[i]!, 1e-9, 'prior');
    close(prior + bits.reduce((a, b) => a + b, 0), numbers(one.total_bpd)[i]!, 1e-7, 'total');
  });
  expect(one.total_bpd.data.length).toBe(one.x0.shape[0]);
}
