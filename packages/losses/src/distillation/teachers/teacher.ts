import type { NamedVariables, Network } from '@diptych/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import type { StepContext } from '../../objective/objective.ts';

/** What makes the targets of self-distillation: other weights for the network, and a momentum for the heads' copies. */
export interface Teacher {
  /** Copies the weights that it keeps. Called once, before training. */
  setup(network: Network): void;
  /** Weights to run the network with, by the names of `network.variables()`; none for the student's own. */
  weights(context: Pick<StepContext, 'ema'>): NamedTensorMap | undefined;
  /** Momentum of the head copies at a 0-based step: copy = m copy + (1 - m) head. */
  headMomentum(step: number): number;
  /** Moves its copies. Called once after every step. */
  afterStep(context: Pick<StepContext, 'network' | 'step'>): void;
  /** What a checkpoint must hold. */
  variables(): NamedVariables;
  /** Frees its variables. */
  dispose(): void;
}
