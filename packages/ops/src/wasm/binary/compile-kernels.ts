import * as binaries from '../binaries.generated.ts';
import type { InstructionSet } from './instruction-set.ts';

/** Compiled kernels for the two kinds of memory a backend may have. */
export interface CompiledKernels {
  /** For a memory of one thread. */
  own: WebAssembly.Module;
  /** For the shared memory of the threaded backend; absent where the engine has none. */
  shared?: WebAssembly.Module;
}

/** Compiles the inlined binary; asynchronous because browsers refuse large modules on the main thread otherwise. */
export async function compileKernels(set: InstructionSet): Promise<CompiledKernels> {
  const bytes = Uint8Array.from(atob(binaries[set]), (character) => character.charCodeAt(0));
  const own = await WebAssembly.compile(bytes);
  if (typeof SharedArrayBuffer === 'undefined') return { own };
  return { own, shared: await WebAssembly.compile(withSharedMemory(bytes)) };
}

/** The module that imports a shared memory: bit 1 in the limits of the one import, `env.memory`. */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  // vec(name "env") vec(name "memory") kind 2 (memory), then the limits: 1 = has a maximum.
  const imported = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1];
  const start = bytes.findIndex((_, index) => imported.every((byte, offset) => bytes[index + offset] === byte));
  if (start < 0) throw new Error('withSharedMemory: the module imports no memory with a maximum');
  const shared = bytes.slice();
  shared[start + imported.length - 1] = 3;
  return shared;
}
