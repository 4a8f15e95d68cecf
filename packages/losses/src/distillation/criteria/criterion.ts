import type { NamedVariables } from '@diptych/core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';

export interface CriterionContext {
  /** 0-based. */
  step: number;
  /** False when the loss is only measured. */
  training: boolean;
}

export interface CriterionValue {
  loss: Scalar;
  /** Scalars to log, under short names. */
  metrics?: Readonly<Record<string, Scalar>>;
}

/**
 * How the student's outputs are compared with the teacher's, which come without gradient. What it keeps between steps
 * (a center) may enter a loss only after `afterStep`, so that a step can be evaluated again with the same result.
 */
export interface Criterion {
  /** Told the width of the outputs once, before training. */
  setup?(width: number): void;
  compute(student: Tensor2D, teacher: Tensor2D, context: CriterionContext): CriterionValue;
  /** Called once after every step. */
  afterStep?(): void;
  /** What a checkpoint must hold. */
  variables?(): NamedVariables;
  /** Frees its variables. */
  dispose?(): void;
}
