import { expect } from 'vitest';
import type { FixtureCase } from '../../../fixtures/index.ts';
import { numbers, unknown } from '../close.ts';

/** Whether the reference is wrong in a way that the case does not name. */
export const isUnnamedQuirk = (one: FixtureCase): boolean =>
  (one.scheduler === 'PNDMScheduler' && one.prediction === 'v_prediction') ||
  (one.scheduler === 'DPMSolverMultistepScheduler' &&
    one.config.algorithm_type === 'sde-dpmsolver++' &&
    one.config.solver_order === 3 &&
    // With fewer steps, orders fall before the third.
    one.n > (one.config.lower_order_final === false ? 3 : 4));

/** Where the reference is wrong in a way that its numbers show. */
export function quirk(
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
