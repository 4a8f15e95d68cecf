import type { Batch, Batches, Key, Network } from '@diptych/core';
import type { NoiseLevelDraws, Objective, StepContext, Terms } from '@diptych/losses';
import type { Scalar } from '@tensorflow/tfjs-core';
import type { Checkpoint, JsonValue } from '../checkpoint/checkpoint.ts';
import type { GradientClip } from '../clipping/gradient-clip.ts';
import type { EmaDecay } from '../ema/decays.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { LearningRate } from '../learning-rate/learning-rate.ts';

/** A loss of your own: a scalar, or a scalar and metrics. Runs inside the gradient scope. */
export type ObjectiveFunction = (context: StepContext) => Terms | Scalar;

export interface TrainOptions {
  network: Network;
  objective: Objective | ObjectiveFunction;
  /** Batches: a stream that can start anywhere, or any iterable (on resume its first batches are passed over). */
  data: Batches | AsyncIterable<Batch> | Iterable<Batch>;
  optimizer: Optimizer;
  /** Decides noise, dropout and heads; the order of the data has a key of its own. */
  key: Key;
  /** Steps in all, those before a resume included. Default: until the data ends, or without end. */
  steps?: number;
  /** By 0-based step. Default: the optimizer's. */
  learningRate?: LearningRate;
  /** One running average of the weights, or several by name. Default none. */
  ema?: EmaDecay | Readonly<Record<string, EmaDecay>>;
  /** A global norm, or a clipping function. Default none. */
  clip?: number | GradientClip;
  /** Draws behind the noise levels: `stratifiedDraws` spreads them over a batch. Default `independentDraws`. */
  draws?: NoiseLevelDraws;
  /** Reports the loss and the noise level of every sample in every event, at the price of one more readback. Default false. */
  samples?: boolean;
  /** Batches whose gradients are averaged for one step. Default 1. */
  accumulate?: number;
  /** Goes on from here, exactly: same weights, moments, averages, randomness and data order. */
  resume?: Checkpoint;
  /** Parts of the recorded configuration that may differ on resume, by dotted name: `['optimizer.weightDecay']`. */
  allowChanges?: readonly string[];
  /** Recorded in checkpoints, and compared on resume: what the network and the data were made with. */
  config?: Readonly<Record<string, JsonValue>>;
  /** Ends the iteration after the current step, without an error. */
  signal?: AbortSignal;
  /** Steps in a row whose loss or gradient is not finite that are passed over before training gives up. Default 10. */
  maxSkipped?: number;
  /** Throws when a step leaves tensors behind. Costs nothing; for development and tests. Default false. */
  checkLeaks?: boolean;
  /** Milliseconds on a clock that never goes back. Default `performance.now`. */
  now?: () => number;
}
