import { foldIn, key } from '@diptych/core';
import type { Batch, Network } from '@diptych/core';
import { evaluateObjective, stratifiedDraws, tensorBatch } from '@diptych/losses';
import { checkOptions, rules } from '@diptych/formats/errors';
import { withValues } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkTensors } from '../optimizers/packing/named-tensors.ts';
import { networkRule, objectiveRule } from './check-train-options.ts';
import { namedObjective } from './named-objective.ts';
import type { TrainOptions } from './train-options.ts';

export interface ValidationLossOptions extends Pick<TrainOptions, 'network' | 'objective'> {
  network: Network;
  /** Images that the network does not train on. */
  batch: Batch;
  /** A running average to measure in place of the trained weights, such as `run.ema`. */
  weights?: tf.NamedTensorMap;
  /** Passes over the batch, each with noise of its own, that the loss is the mean of. Default 4. */
  passes?: number;
}

/**
 * The loss on held-out images, at the same noise levels and with the same noise whenever it is asked: networks, and the steps
 * of one training, are compared by it without the noise of the draws.
 *
 *     1/passes sum_p loss(weights, batch, key(0) folded with p), noise levels spread evenly over the batch
 *
 * Dropout is off, and heads use their running statistics. An objective with weights of its own must have been set up, as
 * `train` does.
 *
 * **Memory** nothing is left behind; the weights stay the caller's.
 *
 * @throws DiptychError if passes is not a positive integer, the batch is not sound, or the network lacks a tap.
 * @see `stratifiedDraws` and `evaluateObjective` of `@diptych/losses`.
 * @example
 * for await (const { step } of run)
 *   if (step % 500 === 0) show(await validationLoss({ network, objective, batch: heldOut, weights: run.ema }));
 */
export async function validationLoss(options: ValidationLossOptions): Promise<number> {
  const {
    network,
    objective,
    batch,
    weights,
    passes = 4,
  } = checkOptions('validationLoss', options, {
    network: rules.required(networkRule),
    objective: rules.required(objectiveRule),
    batch: rules.required(rules.object),
    weights: rules.record,
    passes: rules.count,
  });
  if (weights) checkTensors('validationLoss', 'weights', weights);
  const named = namedObjective(objective);
  const mean = tf.tidy(() => {
    const context = { network, batch: tensorBatch(batch), step: 0, training: false, draws: stratifiedDraws };
    const one = (pass: number) =>
      tf.tidy(() => evaluateObjective(named, { ...context, key: foldIn(key(0), pass) }).loss);
    const all = () => tf.div(tf.addN(Array.from({ length: passes }, (_, pass) => one(pass))), passes) as tf.Scalar;
    return weights ? withValues({ ...network.variables() }, { ...weights }, all) : all();
  });
  try {
    const [loss] = await mean.data();
    return loss;
  } finally {
    mean.dispose();
  }
}
