import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

/** What hands out tensors to kernels and runs them: the `BackendMemory` of `@diptych/ops`. */
interface Outputs {
  output(shape: readonly number[], dtype?: tf.DataType): { address: number };
  run(calls: readonly (readonly [string, ...number[]])[], scratchBytes?: number): void;
}

interface Heap {
  asm: { memory: WebAssembly.Memory };
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** Bytes of guard after each tensor, and what they hold. */
const [guard, mark] = [512, 0x5a];

const heap = () => (tf.backend() as unknown as { wasm: Heap }).wasm;

/** For the tests of one file: puts marked bytes after every tensor that a kernel makes, and fails the test in which a kernel writes there. */
export function guardOutputs(memory: { prototype: Outputs }): void {
  const overruns: string[] = [];
  /** For each heap the sizes of the tensors that are alive, by address. */
  const tensors = new WeakMap<Heap, Map<number, number>>();
  let plain: Outputs;

  /** The tensors of the current heap; knows from now on which are freed. */
  const aliveIn = (wasm: Heap) => {
    const known = tensors.get(wasm);
    if (known) return known;
    const alive = new Map<number, number>();
    tensors.set(wasm, alive);
    // The first call of each puts the function itself in place of one that looks for it.
    wasm._free(wasm._malloc(8));
    const free = wasm._free;
    wasm._free = (address) => (alive.delete(address >>> 0), free(address));
    return alive;
  };

  beforeAll(() => {
    const { output, run } = memory.prototype;
    plain = { output, run };
    memory.prototype.output = function (this: Outputs, shape, dtype) {
      const wasm = heap();
      const alive = aliveIn(wasm);
      const malloc = wasm._malloc;
      wasm._malloc = (bytes) => {
        const address = malloc(bytes + guard) >>> 0;
        new Uint8Array(wasm.asm.memory.buffer, address + bytes, guard).fill(mark);
        alive.set(address, bytes);
        return address;
      };
      try {
        return output.call(this, shape, dtype);
      } finally {
        wasm._malloc = malloc;
      }
    };
    memory.prototype.run = function (this: Outputs, calls, bytes) {
      run.call(this, calls, bytes);
      const wasm = heap();
      const all = new Uint8Array(wasm.asm.memory.buffer);
      for (const [address, size] of aliveIn(wasm)) {
        const end = address + size;
        const last = all.subarray(end, end + guard).findLastIndex((byte) => byte !== mark);
        if (last < 0) continue;
        overruns.push(
          `${[...new Set(calls.map(([name]) => name))].join(', ')}: ${last + 1} bytes past a tensor of ${size}`,
        );
        all.fill(mark, end, end + guard);
      }
    };
  });
  afterEach(() => expect(overruns.splice(0)).toEqual([]));
  afterAll(() => void Object.assign(memory.prototype, plain));
}
