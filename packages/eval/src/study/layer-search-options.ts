import type { Key, Network } from '@diptych/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';

/** How every candidate is trained: what a trainer takes, but for the network. The search reads these and hands on the rest. */
export interface LayerTraining {
  /** Steps of each candidate: five to ten per cent of the whole training are common. */
  steps: number;
  /** Decides the randomness of the training. */
  key: Key;
  data: unknown;
  signal?: AbortSignal;
  /** Milliseconds on a clock that never goes back. Default `performance.now`. */
  now?: () => number;
}

/** A training under way, as the `train` of `@diptych/trainer` returns it. */
export interface LayerRun<Event extends { loss: number }> extends AsyncIterable<Event> {
  /** The running average of the weights, if the training keeps one. */
  readonly ema: NamedTensorMap | undefined;
  dispose(): void;
}

/** A candidate after its training. */
export interface LayerCandidate {
  /** The layer whose feature guides the later ones; undefined for the baseline without self-conditioning. */
  layer?: string;
  network: Network;
  /** Its running average, if the training keeps one. Valid until the judge returns. */
  weights?: NamedTensorMap;
}

export interface LayerSearchOptions<
  Training extends LayerTraining = LayerTraining,
  Event extends { loss: number } = { loss: number },
> {
  /** Names of the candidate layers. */
  layers: readonly string[];
  /** Makes the network that is self-conditioned after a layer, or the baseline when there is none: all from one seed. */
  network: (layer: string | undefined) => Network & { dispose?(): unknown };
  /**
   * The training of each candidate; the key and the data order are the same for all of them. A function that makes it anew is needed
   * where the objective has weights of its own, and where the data can be iterated only once.
   */
  training: Training | (() => Training);
  /** Trains: `train` of `@diptych/trainer`, or a function of yours. */
  train: (options: Training & { network: Network }) => LayerRun<Event>;
  /** The loss of a trained candidate on images that no candidate trains on: `validationLoss` of `@diptych/trainer`. */
  heldOutLoss: (candidate: LayerCandidate & { training: Training }) => number | Promise<number>;
  /** Whether a network without self-conditioning is trained beside the candidates. Default true. */
  baseline?: boolean;
  /** Further scores of a candidate by name, such as the accuracy of a linear probe. */
  judge?: (candidate: LayerCandidate) => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
  /** Called after every step. */
  onEvent?: (layer: string | undefined, event: Event) => void;
}
