import { foldIn, split } from '@diptych/core';
import { prefixed } from '@diptych/core/networks';
import type { Batch, Key, NamedVariables, Network } from '@diptych/core';
import type { Objective } from '@diptych/losses';
import { check } from '@diptych/formats/errors';
import { numbersOf } from '@diptych/formats';
import type { HostTensor } from '@diptych/formats';
import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint, JsonValue } from '../checkpoint/checkpoint.ts';
import { checkResumable } from '../checkpoint/check-resumable.ts';
import type { EmaDecay } from '../ema/decays.ts';
import { ema } from '../ema/ema.ts';
import type { EmaState } from '../ema/ema.ts';
import type { OptimizerState } from '../optimizers/optimizer.ts';
import { version } from '../version.ts';
import { namedObjective } from './named-objective.ts';
import type { TrainOptions } from './train-options.ts';
import { watchDevice } from './watch-device.ts';

/** Counters of a training, as a value. */
export interface Progress {
  readonly step: number;
  readonly batches: number;
  readonly images: number;
  /** Steps in a row, up to the last, that were not finite. */
  readonly skipped: number;
}

/** Everything of a training that changes, and nothing else. */
export class TrainingState {
  progress: Progress = { step: 0, batches: 0, images: 0, skipped: 0 };
  /** False when a step failed between its first and its last change: such a state must not be saved or gone on with. */
  whole = true;
  readonly network: Network;
  readonly objective: Objective;
  /** What training may change. */
  readonly trainable: NamedVariables;
  /** What the optimizer does change: the trainable variables less those that it keeps frozen. */
  readonly trained: NamedVariables;
  /** What a forward pass may change: running statistics. */
  readonly running: NamedVariables;
  readonly optimizer: OptimizerState;
  readonly averages: ReadonlyMap<string, EmaState>;
  /** The first average, by names of the network, unpacked when somebody looks at it: most objectives do not. */
  readonly ema: tf.NamedTensorMap | undefined;
  readonly #all: NamedVariables;
  readonly #lost = watchDevice(tf.backend());
  readonly #stepsKey: Key;
  readonly #options: TrainOptions;

  constructor(options: TrainOptions, firstBatch: Batch) {
    const { network, optimizer, key } = options;
    const [setupKey, stepsKey] = split(key);
    this.#options = options;
    this.network = network;
    this.#stepsKey = stepsKey;
    this.objective = namedObjective(options.objective);
    this.objective.setup?.({ network, batch: firstBatch, key: setupKey });
    const made: { dispose(): void }[] = [{ dispose: () => this.objective.dispose?.() }];
    try {
      this.trainable = {
        ...prefixed('network', network.trainableVariables()),
        ...prefixed('objective', this.objective.trainableVariables?.() ?? {}),
      };
      this.#all = {
        ...prefixed('network', network.variables()),
        ...prefixed('objective', this.objective.variables?.() ?? {}),
        ...this.trainable,
      };
      this.running = Object.fromEntries(Object.entries(this.#all).filter(([name]) => !(name in this.trainable)));
      this.optimizer = optimizer.init(this.trainable);
      made.push(this.optimizer);
      this.trained = Object.fromEntries(this.optimizer.packing.names.map((name) => [name, this.trainable[name]]));
      const averages = new Map<string, EmaState>();
      this.averages = averages;
      for (const [name, decay] of Object.entries(decays(options.ema))) {
        const average = ema(decay).init(network.variables());
        made.push(average);
        averages.set(name, average);
      }
      this.ema = lazyTensors(Object.keys(network.variables()), averages);
      if (options.resume) this.#restore(options.resume);
    } catch (error) {
      // As if nothing had been made, so that another start may follow.
      made.forEach((part) => part.dispose());
      throw error;
    }
  }

  /** Randomness of the step that comes next. */
  get stepKey(): Key {
    return foldIn(this.#stepsKey, this.progress.step);
  }

  /** Clones of all tensors, under the names of a checkpoint. The caller owns them. */
  tensors(): tf.NamedTensorMap {
    return tf.tidy(() => {
      const named: tf.NamedTensorMap = {};
      for (const [name, variable] of Object.entries(this.#all)) named[name] = tf.clone<tf.Tensor>(variable);
      for (const [average, state] of this.averages) {
        for (const [name, tensor] of Object.entries(state.tensors()))
          named[`ema.${average}.${name}`] = tf.clone(tensor);
      }
      for (const [name, tensor] of Object.entries(this.optimizer.tensors())) named[`optimizer.${name}`] = tensor;
      return named;
    });
  }

  /** What must be the same when training goes on. */
  config(): Record<string, JsonValue> {
    const { optimizer, accumulate = 1, config = {} } = this.#options;
    return {
      objective: this.objective.name,
      optimizer: { name: optimizer.name, ...optimizer.settings },
      accumulate,
      ema: Object.fromEntries(
        [...this.averages.keys()].map((name) => [name, describe(decays(this.#options.ema)[name])]),
      ),
      config: JSON.parse(JSON.stringify(config)) as JsonValue,
    };
  }

  /** Waits for the values; what happens to the training meanwhile does not matter. */
  async checkpoint(metadata: Readonly<Record<string, JsonValue>>): Promise<Checkpoint> {
    this.checkWhole();
    const { step, batches, images } = this.progress;
    const state = {
      step,
      batches,
      images,
      updates: this.optimizer.count,
      key: this.#options.key,
      config: this.config(),
      metadata: JSON.parse(JSON.stringify(metadata)) as Record<string, JsonValue>,
      version,
    };
    const named = this.tensors();
    try {
      const read = Object.entries(named).map(async ([name, tensor]) => [name, await hostTensor(tensor)] as const);
      const tensors = Object.fromEntries(await Promise.all(read).finally(() => this.checkDevice()));
      return { state, tensors };
    } finally {
      tf.dispose(named);
    }
  }

  /** Refuses to go on without the device that holds the weights. */
  checkDevice(): void {
    const lost = this.#lost();
    const advice = 'its weights are gone: load the page or process anew and resume from the last checkpoint kept';
    check(lost === undefined, 'train', 'device of the backend', `there (${advice})`, lost);
  }

  checkWhole(): void {
    this.checkDevice();
    check(this.whole, 'train', 'run', 'whole: resume from a checkpoint', 'one whose last update failed half-way');
  }

  /** Frees what belongs to the training; the network's and the objective's weights stay. */
  dispose(): void {
    this.optimizer.dispose();
    for (const average of this.averages.values()) average.dispose();
  }

  /** Takes a checkpoint over; checks all of it before it changes anything. */
  #restore(checkpoint: Checkpoint): void {
    const { state, tensors } = checkpoint;
    const { key, allowChanges = [] } = this.#options;
    tf.tidy(() => {
      checkResumable(checkpoint, {
        tensors: this.tensors(),
        config: { key: [...key], ...this.config() },
        allowChanges,
      });
      const values: tf.NamedTensorMap = {};
      for (const [name, tensor] of Object.entries(tensors)) {
        const { shape, dtype } = tensor;
        values[name] = tf.tensor(numbersOf(tensor) as tf.TypedArray, [...shape], dtype as tf.DataType);
      }
      for (const [name, variable] of Object.entries(this.#all)) variable.assign(values[name]);
      this.optimizer.restore(within('optimizer.', values), state.updates);
      for (const [name, average] of this.averages) average.restore(within(`ema.${name}.`, values));
    });
    const { step, batches, images } = state;
    this.progress = { step, batches, images, skipped: 0 };
  }
}

/** The averages to keep, by name. */
function decays(options: TrainOptions['ema']): Readonly<Record<string, EmaDecay>> {
  if (options === undefined) return {};
  return typeof options === 'object' ? options : { main: options };
}

/** The first average by these names, unpacked only when somebody looks; undefined where there is none. */
function lazyTensors(names: readonly string[], averages: ReadonlyMap<string, EmaState>): tf.NamedTensorMap | undefined {
  const [average] = averages.values();
  if (!average) return undefined;
  const property = (name: string) => ({ enumerable: true, get: () => average.tensors()[name] });
  return Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, property(name)])));
}

async function hostTensor(tensor: tf.Tensor): Promise<HostTensor> {
  const { dtype, shape } = tensor;
  check(dtype === 'float32' || dtype === 'int32', 'train', 'dtype of a variable', 'float32 or int32', dtype);
  return { dtype, shape, data: (await tensor.data()).slice() } as HostTensor;
}

/** A function of the step cannot be compared, only that it is one. */
function describe(decay: EmaDecay): JsonValue {
  return typeof decay === 'number' ? decay : 'by step';
}

function within(prefix: string, tensors: tf.NamedTensorMap): tf.NamedTensorMap {
  const inside = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(inside.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
