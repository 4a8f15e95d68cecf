import type { NamedVariables } from '@diptych/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import type { LearningRate } from '../learning-rate/learning-rate.ts';
import type { Packing, Vectors } from './packing/packing.ts';
import type { ParameterGroup } from './parameter-groups.ts';
import type { OptimizerSettings } from './rules/update-rule.ts';

/** What every optimizer may be told. */
export interface OptimizerOptions {
  /** Used where `train` is given no learning rate of its own. */
  learningRate?: LearningRate;
  /** What is different for some weights: learning rate, weight decay, frozen. Default: nothing. */
  groups?: readonly ParameterGroup[];
}

/**
 * A rule for the descent, as a value: it holds settings and no tensors, so one may serve several trainings. `init` makes
 * the state that belongs to certain variables.
 */
export interface Optimizer {
  /** What a checkpoint calls it. */
  readonly name: string;
  /** Learning rate to use where the training sets none. */
  readonly learningRate: LearningRate;
  /** Its other settings, for the checkpoint: training resumes only with the same. */
  readonly settings: OptimizerSettings;
  init(variables: NamedVariables): OptimizerState;
}

/** Moments and counters of one training. Owns its tensors until `dispose`. */
export interface OptimizerState {
  /** How the variables that it changes are laid end to end: frozen ones are not among them. */
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
