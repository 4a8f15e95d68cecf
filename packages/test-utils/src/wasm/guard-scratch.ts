import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';

/** What hands out scratch space: the `BackendMemory` of `@diptych/ops`. */
interface ScratchSpace {
  scratch<T>(bytes: number, run: (address: number) => T): T;
  run(calls: readonly (readonly [string, ...number[]])[], scratchBytes?: number): void;
}

/** Bytes of guard after each area, and what they hold. */
const [guard, mark] = [512, 0xa5];

const heap = (): ArrayBufferLike =>
  (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm.memory.buffer;

/**
 * For the tests of one file: puts marked bytes after all scratch space of kernels, that of each thread apart, and fails the test in which a kernel
 * writes there. What lies beyond is the heap of the backend, which later calls would find broken.
 */
export function guardScratch(memory: { prototype: ScratchSpace }): void {
  const overruns: string[] = [];
  /** Of the calls that run: their names, and the bytes that each thread has asked for. */
  let parts: { names: string; bytes: number } | undefined;

  beforeAll(() => {
    const { scratch, run } = memory.prototype;
    vi.spyOn(memory.prototype, 'run').mockImplementation(function (this: ScratchSpace, calls, bytes = 0) {
      parts = bytes > 0 ? { names: [...new Set(calls.map(([name]) => name))].join(', '), bytes } : undefined;
      run.call(this, calls, bytes > 0 ? bytes + guard : 0);
    });
    vi.spyOn(memory.prototype, 'scratch').mockImplementation(function (this: ScratchSpace, bytes, work) {
      const used = parts?.bytes ?? bytes;
      const each = parts ? (parts.bytes + guard + 63) & ~63 : bytes + guard;
      const whole = parts ? bytes : each;
      const owner = parts?.names ?? 'what calls share';
      parts = undefined;
      return scratch.call(this, whole, (address: number) => {
        const guards = () =>
          Array.from({ length: whole / each }, (_, i) => new Uint8Array(heap(), address + i * each + used, guard));
        for (const area of guards()) area.fill(mark);
        const result = work(address);
        guards().forEach((area, part) => {
          const last = area.findLastIndex((byte) => byte !== mark);
          if (last >= 0) overruns.push(`${owner}: ${last + 1} bytes past the ${used} of part ${part}`);
        });
        return result;
      }) as never;
    });
  });
  afterEach(() => expect(overruns.splice(0)).toEqual([]));
  afterAll(() => void vi.restoreAllMocks());
}
