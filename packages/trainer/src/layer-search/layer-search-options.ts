import type { Batch, Network } from '@diptych/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import type { TrainEvent } from '../loop/train-event.ts';
import type { TrainOptions } from '../loop/train-options.ts';

/** How every candidate is trained: alike in everything but the layer. */
export type LayerTraining = Omit<TrainOptions, 'network' | 'steps' | 'resume' | 'config' | 'allowChanges'> & {
  /** Steps of each candidate: five to ten per cent of the whole training are common. */
  steps: number;
};

/** A candidate after its training. */
export interface LayerCandidate {
  /** The layer whose feature guides the later ones; undefined for the baseline without self-conditioning. */
  layer?: string;
  network: Network;
  /** Its running average, if the training keeps one. Valid until the judge returns. */
  weights?: NamedTensorMap;
}

export interface LayerSearchOptions {
  /** Names of the candidate layers. */
  layers: readonly string[];
  /** Makes the network that is self-conditioned after a layer, or the baseline when there is none: all from one seed. */
  network: (layer: string | undefined) => Network & { dispose?(): unknown };
  /**
   * The training of each candidate; the key and the data order are the same for all of them. A function that makes it anew is needed
   * where the objective has weights of its own, and where the data can be iterated only once.
   */
  train: LayerTraining | (() => LayerTraining);
  /** Images that no candidate trains on. All are judged on these, with the same noise levels and the same noise. */
  heldOut: Batch;
  /** Passes over `heldOut`, each with noise of its own, that the loss is the mean of. Default 4. */
  passes?: number;
  /** Whether a network without self-conditioning is trained beside the candidates. Default true. */
  baseline?: boolean;
  /** Further scores of a candidate by name, such as the accuracy of a linear probe. */
  judge?: (candidate: LayerCandidate) => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
  /** Called after every step. */
  onEvent?: (layer: string | undefined, event: TrainEvent) => void;
}
