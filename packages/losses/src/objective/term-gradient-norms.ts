import { check, checkNotEmpty, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { evaluateObjective, type EvaluateObjectiveOptions, evaluateObjectiveRules } from './evaluate-objective.ts';
import { objectiveRules } from './objective-rules.ts';
import type { Objective } from './objective.ts';

const { training: _, ...withoutTraining } = evaluateObjectiveRules;

/**
 * Length of the gradient that each objective alone gives to the network: how much each term of a sum really pulls.
 * Multiply by the terms' weights, and divide by each other for their ratio.
 *
 *     |d L_k / d theta| over the network's trainable weights
 *
 * One forward and backward pass for each objective: call it now and then. Nothing is trained or moved.
 *
 * **Memory** Leaves no tensors.
 *
 * @throws DiptychError if there are no objectives, or two have one name
 * @example
 * const norms = await termGradientNorms([denoising, distillation], { network, batch, key, step });
 * const ratio = (0.1 * norms.distillation) / norms.denoising;
 */
export async function termGradientNorms(
  objectives: readonly Objective[],
  options: Omit<EvaluateObjectiveOptions, 'training'>,
): Promise<Record<string, number>> {
  const { network, ...step } = checkOptions('termGradientNorms', options, withoutTraining);
  checkRule('termGradientNorms', 'objectives', rules.list(objectiveRules.objective), objectives);
  const names = objectives.map(({ name }) => name);
  checkNotEmpty('termGradientNorms', { objectives: names });
  check(new Set(names).size === names.length, 'termGradientNorms', 'objectives', 'of different names', names);
  const variables = Object.values(network.trainableVariables());
  const norms = tf.tidy(() =>
    tf.stack(
      objectives.map((objective) =>
        tf.tidy(() => {
          // The zero keeps a term that does not touch the network (or only part of it) differentiable.
          const zero = () => tf.addN(variables.map((variable) => tf.mul(tf.sum(variable), 0)));
          const loss = () =>
            tf.add(evaluateObjective(objective, { ...step, network, training: false }).loss, zero()) as tf.Scalar;
          const { grads } = tf.variableGrads(loss, variables);
          return tf.sqrt(tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
        }),
      ),
    ),
  );
  const values = await norms.data();
  norms.dispose();
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}
