import { foldIn, preconditioned } from '@diptych/core';
import type { Key, Network, Process } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import type { Objective, StepContext, StudentPass, TensorBatch, Terms } from '../objective.ts';
import { independentDraws } from './independent-draws.ts';
import type { NoiseLevelDraws } from './noise-level-draws.ts';
import { noised } from './noised.ts';

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

/**
 * Value of an objective on one batch. Makes the student's forward pass over the noised batch when a term first asks for
 * it, once for each process, with every tap that the objective declares; all terms share it.
 *
 *     sigma_i = Q(u_i), x_i = x0_i + sigma_i n_i, D = D(x; sigma)
 *
 * A pure function of the weights, the batch, the key and the step. The noise of the student's pass depends on the key
 * alone, so adding a term to a sum changes no other term.
 *
 * **Memory** Call it inside a tidy, or inside `tf.variableGrads`.
 *
 * @throws DiptychError on a batch that is not [B, H, W, C], a tap that the network lacks, or a step or `first` that is no
 * non-negative integer.
 * @see `Process.sigmaQuantile` for Q, `preconditioned` for D.
 * @example
 * const { value, grads } = tf.variableGrads(() => evaluateObjective(objective, { network, batch, key, step }).loss);
 */
export function evaluateObjective(objective: Objective, options: EvaluateObjectiveOptions): Terms {
  const { network, batch, key, step, ema, training = true, first = 0 } = options;
  const where = 'evaluateObjective';
  check(batch.x.rank === 4, where, 'options.batch.x', 'of shape [B, H, W, C]', batch.x);
  check(Number.isInteger(step) && step >= 0, where, 'options.step', 'an integer from 0', step);
  check(Number.isInteger(first) && first >= 0, where, 'options.first', 'an integer from 0', first);
  const taps = [...new Set(objective.taps ?? [])];
  const known = network.tapNames();
  for (const tap of taps) {
    check(known.includes(tap), where, `a tap of ${objective.name}`, `one of the network's (${known.join(', ')})`, tap);
  }
  const passes = new Map<Process, StudentPass>();
  const context: StepContext = {
    network,
    batch,
    key: foldIn(key, 0),
    step,
    training,
    first,
    ...(ema && { ema }),
    pass(process) {
      const known = passes.get(process);
      if (known) return known;
      const made = studentPass(process, foldIn(foldIn(key, 1), passes.size), taps, options);
      passes.set(process, made);
      return made;
    },
  };
  return objective.compute(context);
}

function studentPass(process: Process, key: Key, taps: string[], options: EvaluateObjectiveOptions): StudentPass {
  const { network, batch, training = true, draws = independentDraws, first = 0 } = options;
  const { x, label, augmentation } = batch;
  const { u, importance } = drawn(draws, foldIn(key, 0), x.shape[0], first);
  const sigma = u.map((value) => process.sigmaQuantile(value));
  const noisy = noised(x, sigma, foldIn(key, 1), first);
  const pass = preconditioned(network, process, noisy, sigma, {
    label,
    augmentation,
    training,
    key: foldIn(key, 2),
    taps,
  });
  return { sigma, u, ...(importance && { importance }), noisy, ...pass };
}

function drawn(draws: NoiseLevelDraws, key: Key, count: number, first: number) {
  const made = draws(key, count, first);
  const { u, weight } = 'u' in made ? made : { u: made, weight: undefined };
  const inside = u.length === count && Array.from(u).every((value) => value > 0 && value < 1);
  check(inside, 'evaluateObjective', 'options.draws', `a function that returns ${count} numbers in (0, 1)`, u);
  if (!weight) return { u: Array.from(u) };
  const sound = weight.length === count && Array.from(weight).every((value) => value >= 0 && Number.isFinite(value));
  check(sound, 'evaluateObjective', 'weight of options.draws', `${count} finite numbers from 0`, weight);
  return { u: Array.from(u), importance: Array.from(weight) };
}
