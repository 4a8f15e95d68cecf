import type { Call, KernelExports } from '../kernel-exports.ts';
import { bytes, limits, words } from './control.ts';
import type { StartedWorker, StartWorker } from './start-worker.ts';

export interface ThreadPoolOptions {
  /** Threads in all, the calling one included. */
  threads: number;
  memory: WebAssembly.Memory;
  /** The kernels, for a shared memory. */
  module: WebAssembly.Module;
  /** The same on the calling thread. */
  kernels: KernelExports;
  start: StartWorker;
  /** Milliseconds that an idle worker watches before it sleeps. Default 0.2: longer than what lies between two kernels of a step. */
  spin?: number;
  /** Seconds without a call done after which a worker counts as dead. Default 60. */
  patience?: number;
}

const recordWords = limits.record;

/** Milliseconds of work left that repay waking a thread: one call of the system, and up to 0.1 ms until it runs. */
const worthWaking = 0.1;

/** Milliseconds that the calling thread watches the last calls of others before it sleeps. */
const watch = 0.03;

/**
 * Worker threads that run kernels on the shared heap, beside the calling thread. Calls are taken one by one by whoever is free, the calling thread
 * included, so a worker that is not there yet is not waited for. Started with the first lot; an idle one sleeps and keeps no process alive.
 */
export class ThreadPool {
  readonly threads: number;
  readonly #options: ThreadPoolOptions;
  readonly #names: string[];
  readonly #numbers: ReadonlyMap<string, number>;
  #workers: StartedWorker[] | undefined;
  #ints!: Int32Array;
  #floats!: Float64Array;
  #text!: Uint16Array;
  #mayWait = true;
  /** Why the pool is of no more use. */
  #dead: string | undefined;
  #told = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.threads = options.threads;
    this.#names = Object.entries(options.kernels)
      .filter(([, kernel]) => typeof kernel === 'function')
      .map(([name]) => name);
    this.#numbers = new Map(this.#names.map((name, index) => [name, index]));
  }

  /** Whether calls are shared out: not after a worker died, once that has been told. */
  get isUsable(): boolean {
    return !this.#dead || !this.#told;
  }

  /** Workers that have begun to work. */
  get ready(): number {
    return this.#workers ? Atomics.load(this.#ints, words.ready) : 0;
  }

  /** Runs all calls, in any order and on any thread, each with scratch space of its own where `scratchBytes` are asked for. */
  run(calls: readonly Call[], scratch: number, scratchBytes: number): void {
    if (this.#dead) throw this.#death();
    this.#start();
    for (let first = 0; first < calls.length; first += limits.calls) {
      this.#lot(calls.length > limits.calls ? calls.slice(first, first + limits.calls) : calls, scratch, scratchBytes);
    }
  }

  /** Ends the workers; the next lot would start others. */
  stop(): void {
    const workers = this.#workers;
    this.#workers = undefined;
    if (!workers) return;
    Atomics.store(this.#ints, words.stopped, 1);
    Atomics.add(this.#ints, words.turn, 1);
    Atomics.notify(this.#ints, words.turn);
    for (const worker of workers) worker.stop();
  }

  #start(): void {
    if (this.#workers) return;
    const { start, memory, module, spin = 0.2 } = this.#options;
    const control = new SharedArrayBuffer(bytes.all);
    this.#ints = new Int32Array(control);
    this.#floats = new Float64Array(control, bytes.records, limits.calls * recordWords);
    this.#text = new Uint16Array(control, bytes.text, limits.text);
    this.#mayWait = mayWait(this.#ints);
    const workers: StartedWorker[] = [];
    this.#workers = workers;
    for (let slot = 1; slot < this.threads; slot++) {
      const data = { control, memory, module, names: this.#names, slot, spin };
      const died = (reason: string) => {
        // Those that were asked to end may.
        if (this.#workers === workers) this.#die(`a worker thread died (${reason})`);
      };
      workers.push(start(data, died));
    }
  }

  #lot(calls: readonly Call[], scratch: number, scratchBytes: number): void {
    const ints = this.#ints;
    const floats = this.#floats;
    calls.forEach((call, index) => {
      const at = index * recordWords;
      floats[at] = this.#numbers.get(call[0])!;
      floats[at + 1] = call.length - 1;
      for (let i = 1; i < call.length; i++) floats[at + 1 + i] = call[i] as number;
    });
    ints[words.count] = calls.length;
    ints[words.scratch] = scratch;
    ints[words.scratchBytes] = scratchBytes;
    Atomics.store(ints, words.done, 0);
    Atomics.store(ints, words.left, calls.length);
    const turn = Atomics.add(ints, words.turn, 1) + 1;
    let isToWake = Atomics.load(ints, words.asleep) > 0;
    const began = isToWake ? performance.now() : 0;
    let failure: unknown;
    for (let index = this.#take(), own = 1; index >= 0; index = this.#take(), own++) {
      try {
        runCall(this.#options.kernels, calls[index], scratchBytes && scratch);
      } catch (error) {
        failure ??= error;
      }
      Atomics.add(ints, words.done, 1);
      if (isToWake && ((performance.now() - began) / own) * Math.max(Atomics.load(ints, words.left), 0) > worthWaking) {
        Atomics.notify(ints, words.turn);
        isToWake = false;
      }
    }
    this.#wait(calls.length);
    Atomics.store(ints, words.returned, turn);
    if (Atomics.exchange(ints, words.failed, 0)) {
      throw new Error(`wasm kernels: ${String.fromCharCode(...this.#text.slice(0, ints[words.textLength]))}`);
    }
    if (failure) throw failure;
  }

  #take(): number {
    const ints = this.#ints;
    for (;;) {
      const left = Atomics.load(ints, words.left);
      if (left <= 0) return -1;
      if (Atomics.compareExchange(ints, words.left, left, left - 1) === left) return left - 1;
    }
  }

  /** Until all calls have returned. Events of workers cannot arrive meanwhile, so death shows in that nothing happens. */
  #wait(count: number): void {
    const ints = this.#ints;
    const until = performance.now() + watch;
    do {
      for (let i = 0; i < 50; i++) if (Atomics.load(ints, words.done) === count) return;
    } while (performance.now() < until);
    const pause = 100;
    const { patience = 60 } = this.#options;
    let before = -1;
    let waited = 0;
    if (this.#mayWait) Atomics.store(ints, words.awaited, 1);
    for (;;) {
      const done = Atomics.load(ints, words.done);
      if (done === count) break;
      if (done !== before) waited = 0;
      before = done;
      if (waited * pause >= patience * 1000) {
        this.#die(`a worker thread has not come back in ${patience} s`);
        throw this.#death();
      }
      if (this.#mayWait) {
        if (Atomics.wait(ints, words.done, done, pause) === 'timed-out') waited++;
      } else {
        const until = performance.now() + pause;
        while (Atomics.load(ints, words.done) === done && performance.now() < until);
        waited++;
      }
    }
    Atomics.store(ints, words.awaited, 0);
  }

  #die(reason: string): void {
    this.#dead ??= reason;
    this.stop();
  }

  #death(): Error {
    this.#told = true;
    return new Error(`wasm kernels: ${this.#dead}; the result of this call is lost, later calls run on one thread`);
  }
}

/** Runs one call here. */
export function runCall(kernels: KernelExports, [name, ...args]: Call, scratch: number): void {
  const kernel = kernels[name] as (...args: number[]) => void;
  if (scratch) kernel(...(args as number[]), scratch);
  else kernel(...(args as number[]));
}

/** Whether this thread may sleep: the main thread of a page may not. */
function mayWait(ints: Int32Array): boolean {
  try {
    Atomics.wait(ints, words.done, -1, 0);
    return true;
  } catch {
    return false;
  }
}
