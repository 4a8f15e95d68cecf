import { foldIn, type Key, type Network, preconditioned, type Diffusion } from '@diptych/core';
import {
  check,
  checkLength,
  checkNonNegative,
  checkOptions,
  checkRule,
  checkShape,
  rules,
  type OptionRules,
} from '@diptych/formats/errors';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { checkTerms } from './check-terms.ts';
import { independentDraws, type NoiseLevelDraws } from './draws.ts';
import type { Objective, StepContext, StudentPass, TensorBatch, Terms } from './objective.ts';
import { checkTap, noised } from './pass.ts';
import { keyRule } from '@diptych/core/random';
import { objectiveRules } from './objective-rules.ts';

export interface EvaluateObjectiveOptions {
  network: Network;
  batch: TensorBatch;
  /** Randomness of this step. */
  key: Key;
  /** 0-based. */
  step: number;
  /** The sampling EMA of the network's weights, for teachers that are it. */
  ema?: NamedTensorMap;
  /** Dropout on, batch statistics in heads. Default true. */
  training?: boolean;
  /** Draws behind the noise levels. Default `independentDraws`; `stratifiedDraws` spreads them over the batch. */
  draws?: NoiseLevelDraws;
  /** Position of the first sample in a larger batch that is evaluated in pieces. Default 0. */
  first?: number;
}

export const evaluateObjectiveRules: OptionRules<EvaluateObjectiveOptions> = {
  network: objectiveRules.network,
  batch: objectiveRules.batch,
  key: rules.required(keyRule),
  step: rules.required(rules.index),
  ema: rules.record,
  training: rules.flag,
  draws: rules.callback,
  first: rules.index,
};

/**
 * Value of an objective on one batch. Makes the student's forward pass over the noised batch when a term first asks for
 * it, once for each process, with every tap that the objective declares; all terms share it.
 *
 *     sigma_i = Q(u_i), x_i = x0_i + sigma_i n_i, D = D(x; sigma)
 *
 * A pure function of the weights, the batch, the key and the step. The noise of the student's pass depends on the key
 * alone, so adding a term to a sum changes no other term.
 *
 * **Shapes** images [B, H, W, C]; loss and metrics scalars. **Memory** Call it inside a tidy, or inside `tf.variableGrads`.
 *
 * @throws DiptychError if the batch is not [B, H, W, C], the network lacks a tap, the objective
 * returns no scalars, or step or first is not an integer >= 0
 * @see `Diffusion.sigmaQuantile` for Q, `preconditioned` for D
 * @example
 * const { value, grads } = tf.variableGrads(() => evaluateObjective(objective, { network, batch, key, step }).loss);
 */
export function evaluateObjective(objective: Objective, options: EvaluateObjectiveOptions): Terms {
  const where = 'evaluateObjective';
  const {
    network,
    batch,
    key,
    step,
    ema,
    training = true,
    draws = independentDraws,
    first = 0,
  } = checkOptions(where, options, evaluateObjectiveRules);
  checkRule(where, 'objective', objectiveRules.objective, objective);
  checkShape(where, { 'batch.x': batch.x }, ['B', 'H', 'W', 'C']);
  const taps = [...new Set(objective.taps ?? [])];
  for (const tap of taps) checkTap(where, network, tap, `a tap of ${objective.name}`);
  const passes = new Map<Diffusion, StudentPass>();
  const shared = { network, batch, training, first };
  const context: StepContext = {
    ...shared,
    key: foldIn(key, 0),
    step,
    ...(ema && { ema }),
    pass(diffusion) {
      const known = passes.get(diffusion);
      if (known) return known;
      const made = studentPass(diffusion, foldIn(foldIn(key, 1), passes.size), taps, draws, shared);
      passes.set(diffusion, made);
      return made;
    },
  };
  const terms: unknown = objective.compute(context);
  checkTerms(where, objective.name, terms);
  return terms;
}

function studentPass(
  diffusion: Diffusion,
  key: Key,
  taps: string[],
  draws: NoiseLevelDraws,
  { network, batch, training, first }: Pick<StepContext, 'network' | 'batch' | 'training' | 'first'>,
): StudentPass {
  const { x, label, augmentation } = batch;
  const { u, importance } = drawn(draws, foldIn(key, 0), x.shape[0], first);
  const sigma = u.map((value) => diffusion.sigmaQuantile(value));
  const noisy = noised(x, sigma, foldIn(key, 1), first);
  const options = { label, augmentation, training, key: foldIn(key, 2), taps };
  const pass = preconditioned(network, diffusion, noisy, sigma, options);
  return { sigma, u, ...(importance && { importance }), noisy, ...pass };
}

function drawn(draws: NoiseLevelDraws, key: Key, count: number, first: number) {
  const made = draws(key, count, first);
  checkRule('evaluateObjective', 'result of draws', rules.having('numbers, or { u, weight }'), made);
  const { u, weight } = 'u' in made ? made : { u: made, weight: undefined };
  const inside = u?.length === count && Array.from(u).every((value) => value > 0 && value < 1);
  check(inside, 'evaluateObjective', 'draws', `a function that returns ${count} numbers in (0, 1)`, u);
  if (!weight) return { u: Array.from(u) };
  checkLength('evaluateObjective', { 'weight of draws': weight }, count, 'one per number');
  for (const value of Array.from(weight)) checkNonNegative('evaluateObjective', { 'weight of draws': value });
  return { u: Array.from(u), importance: Array.from(weight) };
}
