import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import type { Checkpoint, JsonValue } from '../checkpoint/checkpoint.ts';
import type { TrainEvent } from './train-event.ts';

/** A training: iterate it to make it go. */
export interface TrainRun extends AsyncIterable<TrainEvent> {
  /** Steps done. */
  readonly step: number;
  /**
   * The first running average, by the names of `network.variables()`, for `denoiser(network, diffusion, { weights })`;
   * undefined without one, and before the first step. Owned by the run and valid until its next step: copy what you keep.
   */
  readonly ema: NamedTensorMap | undefined;
  /** All running averages by name, on the same terms. */
  readonly averages: Readonly<Record<string, NamedTensorMap>>;
  /** The state after the last full step, as plain numbers. Waits for a step under way. May be called before the first. */
  checkpoint(metadata?: Readonly<Record<string, JsonValue>>): Promise<Checkpoint>;
  /** Frees moments and averages, and the data. The weights of the network and of the objective stay. */
  dispose(): void;
  [Symbol.dispose](): void;
}
