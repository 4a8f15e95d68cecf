import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import type { KernelRunners, WasmBackend } from './backend-memory.ts';
import { BackendMemory, heapOf } from './backend-memory.ts';
import { chooseBuild, type BuildWishes } from './binary/choose-build.ts';
import type { InstructionSet } from './binary/instruction-set.ts';
import { allKernels } from './kernels/all-kernels.ts';
import { inNode } from './threads/platform.ts';
import { notIsolated, runningBackend, shareHeap } from './threads/shared-heap.ts';
import type { ThreadPool } from './threads/thread-pool.ts';
import { workerStarter } from './threads/start-worker.ts';
import { threadCount } from './threads/thread-count.ts';
import type { WasmKernel } from './wasm-kernel.ts';

/** Options of `installWasmKernels`. */
export interface WasmKernelOptions {
  /** Take this build rather than the fastest that the engine supports. */
  instructionSet?: InstructionSet;
  /** Whether the build for 256-bit vectors may be taken where it is faster. Default: true unless DIPTYCH_WIDE is 0. */
  wide?: boolean;
  /** Threads in all, the calling one included. Default: DIPTYCH_THREADS, or all cores in Node and in an isolated page; elsewhere one. */
  threads?: number;
}

/** What `installWasmKernels` did. */
export interface InstalledWasmKernels {
  /** Stock kernels that ours stand in for. */
  readonly replaced: readonly string[];
  /** Kernels under names of our own, which the operations of this package ask for. */
  readonly added: readonly string[];
  /** The build in use; `none` where the engine has no SIMD, and then nothing was replaced. */
  readonly instructionSet: InstructionSet | 'none';
  /** Threads that a kernel may take, the calling one included. They are started by the first kernel that is large enough. */
  readonly threads: number;
  /** Why it is not more threads or a faster build, where one would expect it. */
  readonly notes: readonly string[];
  /** Puts the stock kernels back and ends the threads. */
  uninstall(): void;
}

/** What we changed in the registry of tfjs. */
interface Installation {
  current?: InstalledWasmKernels;
  /** What was asked for when it was installed. */
  asked?: WasmKernelOptions;
  /** Calls take turns. */
  queue: Promise<unknown>;
}

/** The registry is one per realm, however many copies of tfjs and of this package are loaded; so is the record. */
const record = Symbol.for('@diptych/ops/wasm');
const realm = globalThis as { [record]?: Installation };

/**
 * Puts SIMD kernels in place of the slow ones of the stock tfjs WASM backend, on the same tensors, without a copy, on all cores.
 *
 * Matrix products in all transpose and broadcast cases, transposes of any rank and the fused kernels that the operations of this
 * package ask for. A call that a kernel of ours does not cover (int32, say) goes to the stock kernel. May be called again: the second call
 * returns what the first one did, unless it asks for something else.
 *
 * **Threads** work on the backend's own heap. In Node it must be shared when it starts, so call this, or `pickBackend`, before
 * `tf.setBackend('wasm')`; a page must be isolated (`crossOriginIsolated`), and then the order does not matter. The results are the same bits for
 * any number of threads. The worker threads start with the first kernel that is large enough, keep no process alive, and end with `uninstall`.
 *
 * **256-bit vectors**: Node 24 and later on x64 can join pairs of vectors, by a flag of V8 that is experimental and holds for the whole process.
 * It is set only if it may be (`wide`, DIPTYCH_WIDE), and the build for it is taken only if a self-test gives the same bits as the others and a short
 * timing says that it is faster.
 *
 * **Memory**: scratch space is taken from the backend's heap during a call and given back before it returns.
 *
 * @throws DiptychError if the WASM backend is not registered, the requested build does not run here, or the number of threads is none.
 * @see https://github.com/WebAssembly/relaxed-simd
 * @example
 * import '@tensorflow/tfjs-backend-wasm';
 * const { instructionSet, threads, notes } = await installWasmKernels();
 * await tf.setBackend('wasm');
 */
export async function installWasmKernels(options: WasmKernelOptions = {}): Promise<InstalledWasmKernels> {
  checkOptions<WasmKernelOptions>('installWasmKernels', options, {
    instructionSet: rules.oneOf('simd', 'relaxedSimd', 'wide'),
    wide: rules.flag,
    threads: rules.count,
  });
  const installation = (realm[record] ??= { queue: Promise.resolve() });
  const turn = installation.queue.then(async () => {
    const { current } = installation;
    const threads = await threadCount(options.threads);
    if (current && isServed(options, current, installation.asked)) return current;
    const prepared = await prepare(options, threads);
    current?.uninstall();
    installation.asked = options;
    return (installation.current = install(installation, prepared));
  });
  installation.queue = turn.catch(() => undefined);
  return turn;
}

/** Whether what is installed is what these options ask for. */
const isServed = (options: WasmKernelOptions, current: InstalledWasmKernels, asked: WasmKernelOptions = {}): boolean =>
  (options.instructionSet ?? current.instructionSet) === current.instructionSet &&
  (options.threads === undefined || options.threads === asked.threads || options.threads === current.threads) &&
  (options.wide === undefined || options.wide === asked.wide || options.wide === (current.instructionSet === 'wide'));

interface Prepared {
  instructionSet: InstructionSet | 'none';
  runners?: KernelRunners;
  notes: readonly string[];
}

async function prepare(wishes: BuildWishes, threads: number): Promise<Prepared> {
  check(
    getKernel('BatchMatMul', 'wasm'),
    'installWasmKernels',
    'backend',
    'registered: import @tensorflow/tfjs-backend-wasm first',
    'no WASM kernels',
  );
  const build = await chooseBuild(wishes);
  if (!build) return { instructionSet: 'none', notes: [] };
  const { threads: count, startWorker, note } = await prepareThreads(threads);
  return {
    instructionSet: build.instructionSet,
    runners: { compiled: build.compiled, threads: count, startWorker },
    notes: [build.note, note].filter((text) => text !== undefined),
  };
}

const startedBefore =
  'the backend was started before on memory of its own; call installWasmKernels or pickBackend first';

/** Sees to a heap that threads can share, and says why it is only one if it is. */
async function prepareThreads(
  wanted: number,
): Promise<Pick<KernelRunners, 'threads' | 'startWorker'> & { note?: string }> {
  const single = (note?: string) => ({ threads: 1, note: note && `one thread: ${note}` });
  // A page that is not isolated gets one without having asked for it.
  if (wanted === 1) return single(inNode() || globalThis.crossOriginIsolated ? undefined : notIsolated);
  const startWorker = await workerStarter();
  if (!startWorker) return single('this engine has no workers');
  const running = runningBackend() as WasmBackend | undefined;
  if (!running) {
    const obstacle = await shareHeap();
    if (obstacle) return single(obstacle);
  } else if (!heapOf(running).isShared) {
    return single(inNode() ? startedBefore : notIsolated);
  }
  return { threads: wanted, startWorker };
}

function install(installation: Installation, { instructionSet, runners, notes }: Prepared): InstalledWasmKernels {
  const changes = runners ? allKernels.map((kernel) => put(kernel, runners)) : [];
  const names = (isReplaced: boolean) =>
    changes.filter((change) => Boolean(change.stock) === isReplaced).map((change) => change.ours.kernelName);
  const installed: InstalledWasmKernels = {
    replaced: names(true),
    added: names(false),
    instructionSet,
    threads: runners?.threads ?? 1,
    notes,
    uninstall: () => {
      changes.splice(0).forEach(takeBack);
      if (runners) stopThreads(runners);
      if (installation.current === installed) installation.current = undefined;
    },
  };
  return installed;
}

interface Change {
  ours: KernelConfig;
  stock: KernelConfig | undefined;
}

/** Registers one kernel in place of the stock one, whose set-up still runs whenever the backend is created. */
function put(kernel: WasmKernel, runners: KernelRunners): Change {
  const { kernelName } = kernel;
  const stock = getKernel(kernelName, 'wasm');
  const kernelFunc: KernelFunc = (args) => {
    if (!kernel.covers(args)) {
      if (stock) return stock.kernelFunc(args);
      throw new Error(`${kernelName}: the WASM backend has no kernel for tensors of this dtype or layout`);
    }
    return kernel.compute(memoryOf(args.backend as WasmBackend, runners), args);
  };
  const ours = { ...stock, kernelName, backendName: 'wasm', kernelFunc };
  if (stock) unregisterKernel(kernelName, 'wasm');
  registerKernel(ours);
  return { ours, stock };
}

function takeBack({ ours, stock }: Change): void {
  // Whoever replaced ours in the meantime stays.
  if (getKernel(ours.kernelName, 'wasm') !== ours) return;
  unregisterKernel(ours.kernelName, 'wasm');
  if (stock) registerKernel(stock);
}

interface Running {
  memories: WeakMap<WasmBackend, BackendMemory>;
  pools: Set<ThreadPool>;
  /** Ends the threads of a backend that is gone. */
  abandoned: FinalizationRegistry<ThreadPool>;
}

const runs = new WeakMap<KernelRunners, Running>();

/** Our kernels instantiated on a backend's memory, once per backend: it may be removed and created again. */
function memoryOf(backend: WasmBackend, runners: KernelRunners): BackendMemory {
  let run = runs.get(runners);
  if (!run) {
    const pools = new Set<ThreadPool>();
    const abandoned = new FinalizationRegistry<ThreadPool>((pool) => (pool.stop(), pools.delete(pool)));
    runs.set(runners, (run = { memories: new WeakMap(), pools, abandoned }));
  }
  let memory = run.memories.get(backend);
  if (!memory) {
    memory = new BackendMemory(backend, runners);
    run.memories.set(backend, memory);
    if (memory.pool) {
      run.pools.add(memory.pool);
      run.abandoned.register(backend, memory.pool);
    }
  }
  return memory;
}

function stopThreads(runners: KernelRunners): void {
  for (const pool of runs.get(runners)?.pools ?? []) pool.stop();
}
