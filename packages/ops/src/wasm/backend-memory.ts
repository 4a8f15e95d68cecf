import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { CompiledKernels } from './binary/compile-kernels.ts';
import type { Call, KernelExports } from './kernel-exports.ts';
import { parts, type Part } from './threads/parts.ts';
import type { StartWorker } from './threads/start-worker.ts';
import { runCall, ThreadPool } from './threads/thread-pool.ts';

/** What the kernels use of tfjs-backend-wasm's `BackendWasm`. */
export interface WasmBackend {
  wasm: {
    asm: { memory?: WebAssembly.Memory };
    /** The threaded build keeps its memory here. */
    wasmMemory?: WebAssembly.Memory;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  dataIdMap: { get(dataId: object): { memoryOffset: number | null } };
  incRef(dataId: object): void;
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
}

/** An output tensor and where it lies. */
export interface Output {
  info: TensorInfo;
  address: number;
}

/** With what kernels run: the compiled build, and how many threads there may be. */
export interface KernelRunners {
  compiled: CompiledKernels;
  threads: number;
  startWorker?: StartWorker;
}

/** The memory of a backend, and whether other threads can have it. */
export function heapOf({ wasm }: WasmBackend): { memory: WebAssembly.Memory; isShared: boolean } {
  const memory = wasm.asm.memory ?? wasm.wasmMemory;
  if (!memory) throw new Error('installWasmKernels: this version of tfjs-backend-wasm hides its memory');
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  return { memory, isShared };
}

/**
 * The heap of one stock backend, seen by our kernels: they run on its tensors in place, on one thread or on several.
 *
 * Only addresses are handed out; a view dies when the heap grows, so it is made where it is used.
 */
export class BackendMemory {
  readonly kernels: KernelExports;
  /** The threads, if the heap is shared. */
  readonly pool: ThreadPool | undefined;
  readonly #backend: WasmBackend;
  readonly #memory: WebAssembly.Memory;

  constructor(backend: WasmBackend, { compiled, threads, startWorker: start }: KernelRunners) {
    const { memory, isShared } = heapOf(backend);
    const module = isShared && compiled.shared ? compiled.shared : compiled.own;
    this.#backend = backend;
    this.#memory = memory;
    this.kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
    if (isShared && threads > 1 && start) {
      this.pool = new ThreadPool({ threads, memory, module, kernels: this.kernels, start });
    }
  }

  address(tensor: TensorInfo): number {
    return this.#backend.dataIdMap.get(tensor.dataId).memoryOffset! >>> 0;
  }

  /** A new tensor, uninitialised; may move every view of the heap. */
  output(shape: readonly number[], dtype: DataType = 'float32'): Output {
    const info = this.#backend.makeOutput(shape, dtype);
    return { info, address: this.address(info) };
  }

  /** The same data under another shape, without a copy. */
  alias({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.#backend.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /** Hands `run` an address with room for `bytes`, aligned to 64, and takes it back afterwards. */
  scratch<T>(bytes: number, run: (address: number) => T): T {
    const block = this.#backend.wasm._malloc(bytes + 64) >>> 0;
    if (block === 0) throw new Error(`wasm kernels: the heap has no room for ${bytes} bytes of scratch`);
    try {
      return run(((block + 63) & ~63) >>> 0);
    } finally {
      this.#backend.wasm._free(block);
    }
  }

  /**
   * Runs calls that do not depend on each other, on all threads. With `scratchBytes` each gets the address of so many bytes of its own as its
   * last argument.
   */
  run(calls: readonly Call[], scratchBytes = 0): void {
    const pool = calls.length > 1 && this.pool?.isUsable ? this.pool : undefined;
    const each = (scratchBytes + 63) & ~63;
    const work = (scratch: number) => {
      if (pool) pool.run(calls, scratch, each);
      else for (const call of calls) runCall(this.kernels, call, scratch);
    };
    if (each === 0) work(0);
    else this.scratch(each * (pool ? pool.threads : 1), work);
  }

  /**
   * Cuts `count` rows for a kernel whose results do not depend on where it is cut: all in one on one thread. `cost` is the nanoseconds a row takes,
   * about; parts are multiples of `step`.
   */
  cut(count: number, cost: number, step = 1): readonly Part[] {
    return this.pool?.isUsable ? parts(count, cost, step) : [[0, count]];
  }

  /** Writes int32 values, for plans and lists of addresses. */
  writeInts(address: number, values: readonly number[]): void {
    new Int32Array(this.#memory.buffer, address, values.length).set(values);
  }
}
