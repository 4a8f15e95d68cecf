import { DiptychError } from '@diptych/formats/errors';
import type { Raster } from '../raster.ts';

type Decode = (file: ArrayBuffer) => Promise<{ data: Uint8ClampedArray; width: number; height: number }>;

/** What the packages of decoders export. */
interface Package {
  default: Decode;
  init: (options: object) => Promise<void>;
}

/** A decoder compiled to WebAssembly: started on first use, again after a damaged file has ended its program. */
export function codec(where: string, rule: string, program: string, load: () => Promise<Package>) {
  let decoder: Promise<Decode> | undefined;
  // One at a time, so that nobody meets a program that a damaged file has just ended.
  let last: Promise<unknown> = Promise.resolve();

  const decodeOne = async (file: ArrayBuffer, name: string): Promise<Raster> => {
    decoder ??= start(program, load);
    const decode = await decoder;
    try {
      const { data, width, height } = await decode(file);
      return { data: new Uint8ClampedArray(data), width, height, channels: 4 };
    } catch (cause) {
      decoder = undefined;
      throw new DiptychError({ where, parameter: name, rule, value: 'a damaged one' }, { cause });
    }
  };

  return (bytes: Uint8Array, name: string): Promise<Raster> => {
    // A copy now, not when its turn comes: the caller may use the bytes again.
    const file = new Uint8Array(bytes).buffer;
    const next = last.then(() => decodeOne(file, name));
    last = next.catch(() => undefined);
    return next;
  };
}

/** Loaded on first use: the packages give Node an ImageData, which nobody should get by an import alone. */
async function start(program: string, load: () => Promise<Package>): Promise<Decode> {
  const [{ default: decode, init }, compiled] = await Promise.all([load(), compileInNode(program)]);
  const instantiateWasm = (imports: WebAssembly.Imports, ready: (instance: WebAssembly.Instance) => void) => {
    const instance = new WebAssembly.Instance(compiled!, imports);
    ready(instance);
    return instance.exports;
  };
  await init({ printErr: () => undefined, ...(compiled && { instantiateWasm }) });
  return decode;
}

interface FileSystem {
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
}
interface Modules {
  createRequire(from: string): { resolve(specifier: string): string };
}

/** Node cannot fetch a file of a package, which is how the decoders get their program everywhere else. */
async function compileInNode(program: string): Promise<WebAssembly.Module | undefined> {
  if (typeof process === 'undefined' || !process.versions?.node) return undefined;
  const { readFile } = await builtin<FileSystem>('node:fs/promises');
  const { createRequire } = await builtin<Modules>('node:module');
  return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(program)));
}

/** A bundler for browsers must leave this import alone. */
const builtin = <T>(name: string): Promise<T> => import(/* @vite-ignore */ /* webpackIgnore: true */ name);
