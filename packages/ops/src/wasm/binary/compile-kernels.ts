import * as binaries from '../binaries.generated.ts';
import type { InstructionSet } from './instruction-set.ts';

/** Compiled kernels for the two kinds of memory a backend may have. */
export interface CompiledKernels {
  /** For a memory of one thread. */
  own: WebAssembly.Module;
  /** For the memory that threads share; absent where the engine has none. */
  shared?: WebAssembly.Module;
}

const made = new Map<InstructionSet, Promise<CompiledKernels>>();

/** The compiled kernels of a build, made once: a module keeps what the optimising compiler has done for it. */
export function compileKernels(set: InstructionSet): Promise<CompiledKernels> {
  let compiled = made.get(set);
  if (!compiled) made.set(set, (compiled = compile(set)));
  return compiled;
}

/** Compiles them anew, as after a change of the engine's flags. */
export function recompileKernels(set: InstructionSet): Promise<CompiledKernels> {
  made.delete(set);
  return compileKernels(set);
}

/** Compiles the inlined binary; asynchronous because browsers refuse large modules on the main thread otherwise. */
async function compile(set: InstructionSet): Promise<CompiledKernels> {
  const text = set === 'wide' ? (await import('../wide-binary.generated.ts')).wide : binaries[set];
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
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
