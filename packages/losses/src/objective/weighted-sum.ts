import { foldIn, type NamedVariables, type StepSchedule } from '@diptych/core';
import { check, checkNonNegative, checkNotEmpty, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkTerms } from './check-terms.ts';
import { objectiveRules } from './objective-rules.ts';
import type { Objective, SampleLosses, Terms } from './objective.ts';

/**
 * Sum of objectives on one shared student pass. Every term is logged apart, unweighted, under its own name.
 *
 *     L = sum_k w_k(step) L_k
 *
 * The metrics hold, beside those of the terms, `total/loss`, and `<name>/weight` for every term with a schedule. Term k draws from the key folded with k. A term of weight 0 is still computed, so that its metrics
 * go on and its teacher keeps up.
 *
 * **Shapes** scalars. **Memory** Holds the terms' variables; `dispose` frees them.
 *
 * @throws DiptychError if there are no terms, two terms have one name, a weight is negative or not finite, or a term returns no scalars
 * @example
 * const objective = weightedSum([1, denoisingLoss(diffusion)], [linearRamp({ from: 0, to: 0.1, steps: 500 }), distillation]);
 */
export function weightedSum(...terms: readonly (readonly [number | StepSchedule, Objective])[]): Objective {
  checkNotEmpty('weightedSum', { terms });
  for (const [k, term] of terms.entries()) {
    const isPair = Array.isArray(term) && term.length === 2 && objectiveRules.objective.holds(term[1]);
    check(isPair, 'weightedSum', `terms[${k}]`, 'a pair [weight, objective]', term);
  }
  const objectives = terms.map(([, objective]) => objective);
  const names = objectives.map((objective) => objective.name);
  check(new Set(names).size === names.length, 'weightedSum', 'terms', 'objectives of different names', names);
  for (const [weight, { name }] of terms) {
    const rule = rules.either(rules.nonNegative, rules.callback);
    checkRule('weightedSum', `weight of ${name}`, rule, weight);
  }
  return {
    name: names.join('+'),
    taps: [...new Set(objectives.flatMap((objective) => objective.taps ?? []))],
    setup: (setup) => objectives.forEach((objective, k) => objective.setup?.({ ...setup, key: foldIn(setup.key, k) })),
    trainableVariables: () => merged(objectives.map((objective) => objective.trainableVariables?.() ?? {})),
    variables: () => merged(objectives.map((objective) => objective.variables?.() ?? {})),
    compute(context): Terms {
      const values = objectives.map((objective, k) => objective.compute({ ...context, key: foldIn(context.key, k) }));
      const metrics: Record<string, tf.Scalar> = {};
      const samples: Record<string, SampleLosses> = {};
      const weighted = values.map((value, k) => {
        const [weight, { name }] = terms[k];
        checkTerms('weightedSum', name, value);
        const now = typeof weight === 'number' ? weight : weight(context.step);
        checkNonNegative('weightedSum', { [`weight of ${name} at step ${context.step}`]: now });
        Object.assign(metrics, value.metrics);
        Object.assign(samples, value.samples);
        if (typeof weight === 'function') metrics[`${name}/weight`] = tf.scalar(now);
        return tf.mul(value.loss, now) as tf.Scalar;
      });
      const loss = tf.addN(weighted) as tf.Scalar;
      return { loss, metrics: { ...metrics, 'total/loss': loss }, samples };
    },
    afterStep: (context) => objectives.forEach((objective) => objective.afterStep?.(context)),
    dispose: () => objectives.forEach((objective) => objective.dispose?.()),
  };
}

function merged(parts: readonly NamedVariables[]): NamedVariables {
  return Object.assign({}, ...parts) as NamedVariables;
}
