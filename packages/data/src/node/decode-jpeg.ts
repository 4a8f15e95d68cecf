import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DiptychError } from '@diptych/ops';
import type { Raster } from '../raster/raster.ts';
import { checkJpeg } from './check-jpeg.ts';

type Decode = (file: ArrayBuffer) => Promise<{ data: Uint8ClampedArray; width: number; height: number }>;

let decoder: Promise<Decode> | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * The picture in a JPEG file, as RGB: mozjpeg compiled to WebAssembly, which gives the levels that libjpeg (and so Pillow)
 * gives. A grey picture has three equal channels. Orientation in the file's metadata is followed.
 *
 * @throws DiptychError if the bytes are no whole JPEG file, or hold CMYK.
 * @example
 * const { data, width, height } = await decodeJpeg(await readFile('cat.jpg'), { name: 'cat.jpg' });
 */
export function decodeJpeg(bytes: Uint8Array, options: { name?: string } = {}): Promise<Raster> {
  // One at a time: a damaged file ends the decoder's program, which then has to start anew.
  const next = last.then(() => decodeOne(bytes, options.name ?? 'JPEG'));
  last = next.catch(() => undefined);
  return next;
}

async function decodeOne(bytes: Uint8Array, name: string): Promise<Raster> {
  checkJpeg(bytes, name);
  const decode = await (decoder ??= startDecoder());
  try {
    const { data, width, height } = await decode(Uint8Array.from(bytes).buffer);
    const rgb = new Uint8ClampedArray(width * height * 3);
    for (let p = 0; p < width * height; p++) rgb.set(data.subarray(p * 4, p * 4 + 3), p * 3);
    return { data: rgb, width, height, channels: 3 };
  } catch (cause) {
    decoder = undefined;
    const details = { where: 'decodeJpeg', parameter: name, rule: 'a whole JPEG file', value: 'a damaged one' };
    throw new DiptychError(details, { cause });
  }
}

/** Loaded on first use: the package gives Node an ImageData, which nobody should get by an import alone. */
async function startDecoder(): Promise<Decode> {
  const { default: decode, init } = await import('@jsquash/jpeg/decode.js');
  const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
  const program = await WebAssembly.compile(await readFile(path));
  await init({
    printErr: () => undefined,
    instantiateWasm(imports: WebAssembly.Imports, ready: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(program, imports);
      ready(instance);
      return instance.exports;
    },
  });
  return decode;
}
