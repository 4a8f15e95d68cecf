import { nextTask } from '@diptych/core';
import type { Batch } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint, Json } from '../checkpoint/checkpoint.ts';
import { clipByGlobalNorm } from '../clipping/clip-by-global-norm.ts';
import { dataFeed } from './data-feed.ts';
import type { DataFeed } from './data-feed.ts';
import { namedObjective } from './named-objective.ts';
import { nonFiniteError } from './non-finite-error.ts';
import { paceMeter } from './pace-meter.ts';
import type { PaceMeter } from './pace-meter.ts';
import { sampleRecorder } from './sample-recorder.ts';
import type { SampleRecorder } from './sample-recorder.ts';
import type { TrainEvent } from './train-event.ts';
import type { TrainOptions } from './train-options.ts';
import type { TrainRun } from './train-run.ts';
import { TrainingState } from './training-state.ts';
import { trainingStep } from './training-step.ts';
import type { TrainingStepOptions } from './training-step.ts';
import { untilAborted } from './until-aborted.ts';

/** Steps in a row that may end with more tensors than they began with, as first uses make what is kept for later. */
const GROWING_STEPS = 2;

/** The loop of `train`: when to step, what to report, when to stop. */
export class TrainingRun implements TrainRun {
  readonly #options: TrainOptions;
  readonly #stepOptions: TrainingStepOptions;
  readonly #feed: DataFeed;
  readonly #meter: PaceMeter;
  readonly #recorder: SampleRecorder | undefined;
  #starting: Promise<TrainingState> | undefined;
  #state: TrainingState | undefined;
  #underWay: Promise<unknown> | undefined;
  #iterating = false;
  #stepping = false;
  #disposed = false;
  #skipped = 0;
  #growing = 0;

  constructor(options: TrainOptions) {
    const { clip, data, draws, optimizer, now = () => performance.now() } = options;
    const { learningRate = optimizer.learningRate } = options;
    this.#recorder = options.samples ? sampleRecorder(namedObjective(options.objective)) : undefined;
    this.#options = this.#recorder ? { ...options, objective: this.#recorder.objective } : options;
    this.#stepOptions = { learningRate, clip: typeof clip === 'number' ? clipByGlobalNorm(clip) : clip, draws };
    this.#feed = dataFeed(data, options.resume?.state.batches ?? 0);
    this.#meter = paceMeter(now);
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

  async checkpoint(metadata: Readonly<Record<string, Json>> = {}): Promise<Checkpoint> {
    const state = await this.#start();
    await this.#underWay?.catch(() => {});
    return state.checkpoint(metadata);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#feed.close();
    // A step under way still needs its state; it frees it at its end.
    if (!this.#stepping) this.#state?.dispose();
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
      while (state && !this.#disposed && !signal?.aborted && state.progress.step < steps) {
        const batches = await untilAborted(this.#nextBatches(), signal);
        if (!batches || this.#disposed) {
          const stopped = signal?.aborted || this.#disposed || steps === Infinity;
          check(stopped, 'train', 'data', `long enough for ${steps} steps`, state.progress.step);
          return;
        }
        yield await this.#advance(state, batches);
        await nextTask();
      }
    } finally {
      this.#iterating = false;
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

  async #advance(state: TrainingState, batches: Batch[]): Promise<TrainEvent> {
    const { steps = Infinity, accumulate = 1, maxSkipped = 10, checkLeaks = false } = this.#options;
    this.#feed.take();
    this.#meter.begin();
    const tensors = tf.memory().numTensors;
    this.#stepping = true;
    const stepping = trainingStep(state, batches, this.#stepOptions);
    this.#underWay = stepping;
    try {
      // Loads while the step computes.
      if (state.progress.step + 1 < steps) void this.#feed.peek(accumulate);
      const stepped = await stepping;
      const samples = await this.#recorder?.read();
      const event = samples ? { ...stepped, samples } : stepped;
      if (checkLeaks && !event.skipped) this.#checkGrowth(tf.memory().numTensors - tensors);
      this.#skipped = event.skipped ? this.#skipped + 1 : 0;
      this.#meter.end(batches.reduce((sum, { shape }) => sum + shape[0], 0));
      const pace = { ...event, imagesPerSecond: this.#meter.imagesPerSecond() };
      if (this.#skipped > maxSkipped) {
        const skipped = this.#skipped;
        this.#skipped = 0;
        throw await nonFiniteError(pace, skipped, state.trainable);
      }
      return steps === Infinity ? pace : { ...pace, secondsLeft: (steps - event.step) * this.#meter.secondsPerStep() };
    } finally {
      this.#underWay = undefined;
      this.#stepping = false;
      this.#recorder?.clear();
      if (this.#disposed) state.dispose();
    }
  }

  #checkGrowth(left: number): void {
    this.#growing = left > 0 ? this.#growing + 1 : 0;
    check(this.#growing <= GROWING_STEPS, 'train', 'tensors that every step leaves behind', '0', left);
  }
}
