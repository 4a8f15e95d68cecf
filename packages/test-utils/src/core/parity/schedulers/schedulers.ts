import type { Sampler } from '@diptych/core';
import { pureNoise } from '@diptych/core/schedules';
import { expect } from 'vitest';
import type { FixtureCase, FixtureFile } from '../../../fixtures/index.ts';
import { close, closeRelative, numbers } from '../close.ts';
import { oracleOf } from '../mixture.ts';
import { bank, run } from '../run.ts';
import { lastDeviation } from './ddpm.ts';
import { planScheduler } from './plan-scheduler.ts';
import { isUnnamedQuirk, quirk } from './quirks.ts';

/** Schedulers that call the network twice in a step. */
const twoCalls = [
  'HeunDiscreteScheduler',
  'KDPM2DiscreteScheduler',
  'KDPM2AncestralDiscreteScheduler',
  'DPMSolverSDEScheduler',
  'FlowMatchHeunDiscreteScheduler',
];

/** Whether the reference lists its last level twice, so that its last step does nothing. */
const repeatsLast = (levels: readonly number[]) => Math.abs(levels.at(-1)! / levels.at(-2)! - 1) < 1e-9;

/** A sampler for a grid whose last step the reference makes twice: it counts the step that does nothing, so orders fall a step later. */
const withIdleStep = (sampler: Sampler): Sampler => ({
  ...sampler,
  step: (x, denoise, step) => sampler.step(x, denoise, { ...step, sigmas: [...step.sigmas, step.sigmas.at(-1)!] }),
});

export async function schedulers(one: FixtureCase, file: FixtureFile): Promise<void> {
  const [alphas, stds] = [numbers(one.model_alpha), numbers(one.model_sigma)];
  const level = (alpha: number, sigma: number) =>
    alpha === 0 ? pureNoise : Math.min(Math.abs(sigma / alpha), pureNoise);
  const calls = alphas.map((alpha, i) => level(alpha, stds[i]!));
  const last = level(one.final_alpha, one.final_sigma);
  const levels = [...calls, last];
  const dead = repeatsLast(levels);
  const planned = planScheduler(one, levels);
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
  if ((one.quirk && !dead && !added) || isUnnamedQuirk(one)) return quirk(one, got.xs, sigmas, same);
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
