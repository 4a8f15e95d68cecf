import { type RefuseFile } from '@diptych/formats/errors';
import type { Raster } from '../raster.ts';

type Decode = (file: ArrayBuffer) => Promise<{ data: Uint8ClampedArray; width: number; height: number }>;

/** What the packages of decoders export. */
interface Package {
  default: Decode;
  init: (options: object) => Promise<void>;
}

/** A picture of the decoder without its alpha. In place, since a large one would not fit twice; what is left over of a small one is given back. */
export function opaque({ data, width, height }: Raster): Raster {
  const pixels = width * height;
  for (let p = 1, from = 4, to = 3; p < pixels; p++, from += 4, to += 3) {
    data[to] = data[from];
    data[to + 1] = data[from + 1];
    data[to + 2] = data[from + 2];
  }
  const rgb = data.subarray(0, 3 * pixels);
  return { data: pixels > large ? rgb : rgb.slice(), width, height, channels: 3 };
}

/** A picture of more pixels is decoded by a program that is then ended: its memory never shrinks. */
const large = 2 ** 23;

/**
 * A decoder compiled to WebAssembly: started on first use, again after a damaged file has ended its program, and after a large picture,
 * whose memory it would keep for good.
 */
export function codec(program: string, load: () => Promise<Package>) {
  let decoder: Promise<Decode> | undefined;
  // One at a time, so that nobody meets a program that a damaged file has just ended.
  let last: Promise<unknown> = Promise.resolve();

  const restart = () => {
    const started = start(program, load);
    decoder = started;
    // What failed once may be tried again.
    started.catch(() => (decoder = decoder === started ? undefined : decoder));
    return started;
  };

  const decodeOne = async (file: ArrayBuffer, refuse: RefuseFile): Promise<Raster> => {
    const decode = await (decoder ?? restart());
    try {
      const { data, width, height } = await decode(file);
      if (width * height > large) void restart();
      const own = data.byteLength === data.buffer.byteLength;
      const levels = own ? (data as Uint8ClampedArray<ArrayBuffer>) : new Uint8ClampedArray(data);
      return { data: levels, width, height, channels: 4 };
    } catch (cause) {
      // Started at once: until then the package would keep the old program with its memory.
      void restart();
      return refuse('its data are damaged', { cause });
    }
  };

  return (bytes: Uint8Array, refuse: RefuseFile): Promise<Raster> => {
    // A copy now, not when its turn comes: the caller may use the bytes again.
    const file = new Uint8Array(bytes).buffer;
    const next = last.then(() => decodeOne(file, refuse));
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
