import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { CompiledKernels } from './binary/compile-kernels.ts';
import type { KernelExports } from './kernel-exports.ts';

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

/**
 * The heap of one stock backend, seen by our kernels: they run on its tensors in place.
 *
 * Only addresses are handed out; a view dies when the heap grows, so it is made where it is used.
 */
export class BackendMemory {
  readonly kernels: KernelExports;
  private readonly backend: WasmBackend;
  private readonly memory: WebAssembly.Memory;

  constructor(backend: WasmBackend, compiled: CompiledKernels) {
    const memory = backend.wasm.asm.memory ?? backend.wasm.wasmMemory;
    if (!memory) throw new Error('installWasmKernels: this version of tfjs-backend-wasm hides its memory');
    const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
    const module = isShared && compiled.shared ? compiled.shared : compiled.own;
    this.backend = backend;
    this.memory = memory;
    this.kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
  }

  address(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset! >>> 0;
  }

  /** A new tensor, uninitialised; may move every view of the heap. */
  output(shape: readonly number[], dtype: DataType = 'float32'): Output {
    const info = this.backend.makeOutput(shape, dtype);
    return { info, address: this.address(info) };
  }

  /** The same data under another shape, without a copy. */
  alias({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /** Hands `run` an address with room for `bytes`, aligned to 16, and takes it back afterwards. */
  scratch<T>(bytes: number, run: (address: number) => T): T {
    const block = this.backend.wasm._malloc(bytes + 16) >>> 0;
    if (block === 0) throw new Error(`wasm kernels: the heap has no room for ${bytes} bytes of scratch`);
    try {
      return run(((block + 15) & ~15) >>> 0);
    } finally {
      this.backend.wasm._free(block);
    }
  }

  /** Writes int32 values, for plans and lists of addresses. */
  writeInts(address: number, values: readonly number[]): void {
    new Int32Array(this.memory.buffer, address, values.length).set(values);
  }
}
