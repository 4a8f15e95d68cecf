import { check, type Rule, rules } from '@diptych/formats/errors';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';

/** Gradients after clipping. */
export type ClippedGradients = {
  /** By the names they came with. */
  gradients: NamedTensorMap;
  /** Size before clipping: a scalar, or one number for each gradient. What a log should show of them is the largest. */
  norm: Tensor;
};

/**
 * Makes gradients smaller. Runs inside a tidy; never reads a tensor back, so it costs no synchronisation.
 *
 * **Memory** the results are the caller's; must not dispose the gradients.
 */
export interface GradientClip {
  (gradients: NamedTensorMap): ClippedGradients;
  /**
   * True when it does not matter where one parameter ends and the next begins, so that the trainer may hand over a few
   * long vectors instead of a tensor for each parameter.
   */
  readonly acrossParameters?: boolean;
  /**
   * For clips that multiply everything by one number: that number and the norm, so that an optimizer may do it in the pass
   * over the gradients that it makes anyway.
   */
  readonly factor?: (gradients: NamedTensorMap) => { factor: Scalar; norm: Tensor };
}

/** What gradients are cut to; infinity cuts nothing, but the norm is told all the same. */
export const limitRule: Rule = { words: 'a number > 0', holds: (value) => typeof value === 'number' && value > 0 };

/** Throws unless these are gradients by name. */
export function checkGradients(where: string, gradients: unknown): void {
  const named = rules.record.holds(gradients) && Object.values(gradients as object).every(rules.tensor.holds);
  check(named, where, 'gradients', 'tensors by name', gradients);
  check(Object.keys(gradients as object).length > 0, where, 'gradients', 'at least one', gradients);
}
