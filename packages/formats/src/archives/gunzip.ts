import { check, DiptychError } from '../errors/index.ts';

/** Limits of unpacking. */
export interface GunzipOptions {
  /** What messages call the file. Default `gzip`. */
  name?: string;
  /** Bytes that it may unpack to; more is refused before it fills the memory. Default 2 GiB. */
  maxBytes?: number;
}

/**
 * Unpacks a gzip file, in Node and in browsers.
 *
 * @throws DiptychError if the bytes are no whole gzip file, or unpack to more than `maxBytes`.
 * @example
 * const { data } = readIdx(await gunzip(bytes, { name: 'train-images-idx3-ubyte.gz' }));
 */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { name = 'gzip', maxBytes = 2 ** 31 } = options;
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      check(length <= maxBytes, 'gunzip', name, `at most ${maxBytes} bytes unpacked`, 'more');
      chunks.push(chunk);
    }
  } catch (cause) {
    if (DiptychError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DiptychError({ where: 'gunzip', parameter: name, rule: 'a whole gzip file', value: reason }, { cause });
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
