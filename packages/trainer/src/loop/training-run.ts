import { nextTask } from '@diptych/core/sampling';
import type { Batch } from '@diptych/core';
import { check, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint, JsonValue } from '../checkpoint/checkpoint.ts';
import { clipByGlobalNorm } from '../clipping/clip-by-global-norm.ts';
import { claimVariables } from './claim-variables.ts';
import { dataFeed } from './data-feed.ts';
import type { DataFeed } from './data-feed.ts';
import { namedObjective } from './named-objective.ts';
import { nonFiniteError } from './non-finite-error.ts';
import { sampleRecorder } from './sample-recorder.ts';
import type { SampleRecorder } from './sample-recorder.ts';
import type { TrainEvent } from './train-event.ts';
import type { TrainOptions } from './train-options.ts';
import type { TrainRun } from './train-run.ts';
import { TrainingState } from './training-state.ts';
import { advance } from './training-step.ts';
import type { AdvanceOptions, StepEvent } from './training-step.ts';

/** Steps in a row that may end with more tensors than they began with, as first uses make what is kept for later. */
const GROWING_STEPS = 2;

/** The loop of `train`: drives `advance` from batch to batch; when to step, what to report, when to stop. */
export class TrainingRun implements TrainRun {
  readonly #options: TrainOptions;
  readonly #advanceOptions: AdvanceOptions;
  readonly #feed: DataFeed;
  readonly #pace: Pace;
  readonly #recorder: SampleRecorder | undefined;
  #starting: Promise<TrainingState> | undefined;
  #state: TrainingState | undefined;
  #underWay: Promise<StepEvent> | undefined;
  #iterating = false;
  #disposed = false;
  #growing = 0;
  /** Lets other trainings change the weights. */
  #release: (() => void) | undefined;

  constructor(options: TrainOptions) {
    const { clip, data, draws, optimizer, now = () => performance.now() } = options;
    const { learningRate = optimizer.learningRate } = options;
    this.#recorder = options.samples ? sampleRecorder(namedObjective(options.objective)) : undefined;
    this.#options = this.#recorder ? { ...options, objective: this.#recorder.objective } : options;
    this.#advanceOptions = { learningRate, clip: typeof clip === 'number' ? clipByGlobalNorm(clip) : clip, draws };
    this.#feed = dataFeed(data, options.resume?.state.batches ?? 0);
    this.#pace = pace(now);
  }

  get step(): number {
    return this.#state?.progress.step ?? this.#options.resume?.state.step ?? 0;
  }

  get ema(): tf.NamedTensorMap | undefined {
    return Object.values(this.averages)[0];
  }

  get averages(): Readonly<Record<string, tf.NamedTensorMap>> {
    check(!this.#disposed, 'train', 'run', 'not disposed', 'a disposed one');
    const averages = [...(this.#state?.averages ?? [])];
    return Object.fromEntries(averages.map(([name, average]) => [name, average.tensors()]));
  }

  async checkpoint(metadata: Readonly<Record<string, JsonValue>> = {}): Promise<Checkpoint> {
    checkRule('train', 'metadata of the checkpoint', rules.record, metadata);
    const state = await this.#start();
    await this.#underWay?.catch(() => {});
    return state.checkpoint(metadata);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#feed.close();
    this.#release?.();
    // A step under way still needs its state; it frees it at its end.
    if (!this.#underWay) this.#state?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainEvent, void, undefined> {
    const { steps = Infinity, signal } = this.#options;
    check(!this.#iterating, 'train', 'run', 'iterated by one consumer at a time', 'a second one');
    this.#iterating = true;
    try {
      const state = signal?.aborted ? undefined : await untilAborted(this.#start(), signal);
      if (state) this.#release = claimVariables(this, { ...state.trained, ...state.running });
      while (state && !this.#disposed && !signal?.aborted && state.progress.step < steps) {
        const batches = await untilAborted(this.#nextBatches(), signal);
        if (!batches || this.#disposed) {
          const stopped = signal?.aborted || this.#disposed || steps === Infinity;
          check(stopped, 'train', 'data', `long enough for ${steps} steps`, state.progress.step);
          return;
        }
        yield await this.#step(state, batches);
        await nextTask();
      }
    } finally {
      this.#iterating = false;
      this.#release?.();
    }
  }

  /** Builds the state, once; a failed start may be tried again. */
  #start(): Promise<TrainingState> {
    check(!this.#disposed, 'train', 'run', 'not disposed', 'a disposed one');
    if (!this.#starting) {
      this.#starting = this.#nextBatches().then((batches) => {
        check(batches, 'train', 'data', 'long enough for one step', 'the end');
        const state = new TrainingState(this.#options, batches[0]);
        // Disposed while the data kept it waiting.
        if (this.#disposed) state.dispose();
        return (this.#state = state);
      });
      this.#starting.catch(() => (this.#starting = undefined));
    }
    return this.#starting;
  }

  /** The batches of the next step, not yet taken. */
  async #nextBatches(): Promise<Batch[] | undefined> {
    try {
      return await this.#feed.peek(this.#options.accumulate ?? 1);
    } catch (error) {
      this.#feed.take();
      throw error;
    }
  }

  /** One step and all that surrounds it: the next batch, the pace, the samples, patience with steps that are not finite. */
  async #step(state: TrainingState, batches: Batch[]): Promise<TrainEvent> {
    const { steps = Infinity, accumulate = 1, maxSkipped = 10, checkLeaks = false } = this.#options;
    this.#feed.take();
    this.#pace.begin();
    const tensors = tf.memory().numTensors;
    try {
      const stepping = this.#advance(state, batches);
      // Loads while the step computes.
      if (state.progress.step + 1 < steps) void this.#feed.peek(accumulate);
      const stepped = await stepping;
      const samples = await this.#recorder?.read();
      if (checkLeaks && !stepped.skipped) this.#checkGrowth(tf.memory().numTensors - tensors);
      const event = { ...stepped, ...(samples && { samples }), ...this.#pace.end(batches, steps - stepped.step) };
      const { skipped } = state.progress;
      if (skipped > maxSkipped) {
        state.progress = { ...state.progress, skipped: 0 };
        throw await nonFiniteError(event, skipped, state.trainable);
      }
      return event;
    } finally {
      this.#underWay = undefined;
      this.#recorder?.clear();
      if (this.#disposed) state.dispose();
    }
  }

  #advance(state: TrainingState, batches: Batch[]): Promise<StepEvent> {
    // Set before the step begins: an objective may ask for a checkpoint, or dispose the run, in the middle of it.
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    this.#underWay = begun
      .then(() => advance(state, batches, this.#advanceOptions))
      .then(([progress, event]) => {
        state.progress = progress;
        return event;
      });
    begin();
    return this.#underWay;
  }

  #checkGrowth(left: number): void {
    this.#growing = left > 0 ? this.#growing + 1 : 0;
    check(this.#growing <= GROWING_STEPS, 'train', 'tensors that every step leaves behind', '0', left);
  }
}

/** What the promise gives, or undefined as soon as the signal says stop; the promise itself goes on. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** How fast the training goes. */
interface Pace {
  /** A step begins. */
  begin(): void;
  /** It has ended, and so many are left: images a second without what lies between the steps, seconds left with it. */
  end(batches: readonly Batch[], left: number): Pick<TrainEvent, 'imagesPerSecond' | 'secondsLeft'>;
}

/** Measures with the clock it is given. An average over about the last 20 steps; in the beginning over all of them. */
function pace(now: () => number): Pace {
  const [working, between, images] = [runningMean(), runningMean(), runningMean()];
  let began = 0;
  let ended: number | undefined;
  return {
    begin() {
      began = now();
      if (ended !== undefined) between.add(began - ended);
    },
    end(batches, left) {
      ended = now();
      working.add(ended - began);
      images.add(batches.reduce((sum, { shape }) => sum + shape[0], 0));
      const secondsLeft = (left * (working.value() + between.value())) / 1000;
      const imagesPerSecond = (1000 * images.value()) / working.value();
      return left === Infinity ? { imagesPerSecond } : { imagesPerSecond, secondsLeft };
    },
  };
}

/** The mean, in which values more than about 20 ago hardly count. */
function runningMean(): { add(value: number): void; value(): number } {
  let [mean, count] = [0, 0];
  return {
    add(value) {
      count++;
      mean += (value - mean) / Math.min(count, 20);
    },
    value: () => mean,
  };
}
