import type { NamedVariables } from '@diptych/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import type { Packing, Vectors } from '../parameters/packing.ts';
import type { Rate } from '../schedules/rate.ts';

/**
 * A rule for the descent, as a value: it holds settings and no tensors, so one may serve several trainings. `init` makes
 * the state that belongs to certain variables.
 */
export interface Optimizer {
  /** What a checkpoint calls it. */
  readonly name: string;
  /** Learning rate to use where the training sets none. */
  readonly learningRate: Rate;
  /** Its other settings, for the checkpoint: training resumes only with the same. */
  readonly settings: Readonly<Record<string, number | boolean | string>>;
  init(variables: NamedVariables): OptimizerState;
}

/** Moments and counters of one training. Owns its tensors until `dispose`. */
export interface OptimizerState {
  /** How the variables are laid end to end. */
  readonly packing: Packing;
  /** Updates made so far. */
  readonly count: number;
  /** Whether `update` heeds its factor. The trainer scales the gradients itself for one that does not. */
  readonly takesFactor?: boolean;
  /**
   * Changes the variables in place. Gradients by name (a missing one counts as zeros), or already packed; they stay the
   * caller's, and so does the factor that multiplies all of them.
   */
  update(gradients: NamedTensorMap | Vectors, rate: number, factor?: Scalar): void;
  /** Its tensors under the names a checkpoint uses, `<slot>.<variable>`. The caller owns them. */
  tensors(): NamedTensorMap;
  /** Takes over what `tensors` and `count` gave. The tensors stay the caller's. */
  restore(tensors: NamedTensorMap, count: number): void;
  dispose(): void;
}
