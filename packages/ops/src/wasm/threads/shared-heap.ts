import { reasonOf } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { importNode, inNode } from './platform.ts';

interface BackendPackage {
  setWasmPaths(paths: Record<string, string>, usePlatformFetch: boolean): void;
}

interface Require {
  (path: string): unknown;
  cache: Record<string, unknown>;
  resolve(name: string): string;
}

const entry = /[\\/]tfjs-backend-wasm[\\/]dist[\\/]tf-backend-wasm\.node\.js$/;
const binaries = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

/** The backend of tfjs that runs in this realm, if it has been started. */
export const runningBackend = (): unknown => (tf.engine().registry as Record<string, unknown>)['wasm'];

export const notIsolated = 'memory can be shared only in a page that is isolated (COOP and COEP headers)';

/**
 * Has the stock backend start on a shared heap, so that threads can work on its tensors; returns what stands in the way, if anything. The stock binary says
 * that its memory "has a maximum"; one bit more says that it is shared, and nothing else changes. In an isolated page tfjs starts a build that is
 * shared already.
 */
export async function shareHeap(): Promise<string | undefined> {
  if (typeof SharedArrayBuffer === 'undefined')
    return 'there is no shared memory here (a page must be isolated for it)';
  if (!inNode()) return undefined;
  const { createRequire } = await importNode<{ createRequire(from: string): Require }>('node:module');
  const { readFileSync } = await importNode<{ readFileSync(path: string): Uint8Array<ArrayBuffer> }>('node:fs');
  const require = createRequire(import.meta.url);
  // The copies that this process has loaded; another one would register the backend anew.
  const loaded = Object.keys(require.cache).filter((path) => entry.test(path));
  if (loaded.length === 0) return 'tfjs-backend-wasm is bundled into the program';
  try {
    for (const path of loaded) {
      const folder = path.replace(/[^\\/]*$/, '');
      const { setWasmPaths } = require(path) as BackendPackage;
      const changed = withSharedHeap(new Uint8Array(readFileSync(`${folder}tfjs-backend-wasm-simd.wasm`)));
      const url = `data:application/wasm;base64,${Buffer.from(changed).toString('base64')}`;
      setWasmPaths(Object.fromEntries(binaries.map((name) => [name, url])), true);
    }
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** A module whose own memory is shared: the limits in its memory section say 3 (a maximum, shared) instead of 1 (a maximum). */
export function withSharedHeap(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const shared = bytes.slice();
  for (let at = 8; at < shared.length;) {
    const section = shared[at];
    const [length, start] = leb(shared, at + 1);
    // One memory: its number, its limits, their least and their most.
    if (section === 5 && shared[start] === 1 && shared[start + 1] === 1) {
      const [initial, next] = leb(shared, start + 2);
      const [maximum] = leb(shared, next);
      // Whether the system has so many addresses to give.
      new WebAssembly.Memory({ initial, maximum, shared: true });
      shared[start + 1] = 3;
      return shared;
    }
    at = start + length;
  }
  throw new Error('this version of tfjs-backend-wasm has no memory that could be shared');
}

/** Unsigned LEB128 at `at`: its value and where it ends. */
function leb(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return [value >>> 0, at];
  }
}
