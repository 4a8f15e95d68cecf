import { checkOptions, FormatError, reasonOf } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import { archiveRules, unpackedLimit } from './unpacked-limit.ts';

/** Limits of unpacking. */
export interface GunzipOptions {
  /** What messages call the file. Default `gzip`. */
  name?: string;
  /** Bytes that it may unpack to; more is refused before it fills the memory. Default 128 MiB and 64 times the size of the file, at most 2 GiB. */
  maxBytes?: number;
}

/**
 * Unpacks a gzip file, in Node and in browsers.
 *
 * **Memory** a copy; the bytes may be reused at once.
 *
 * @throws FormatError if the bytes are no whole gzip file, or unpack to more than `maxBytes`
 * @see RFC 1952
 * @example
 * const { data } = readIdx(await gunzip(bytes, { name: 'train-images-idx3-ubyte.gz' }));
 */
export async function gunzip(bytes: FileBytes, options: GunzipOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const where = 'gunzip';
  const { name = 'gzip', maxBytes } = checkOptions(where, options, archiveRules);
  const file = plainBytes(bytes, where);
  const limit = maxBytes ?? unpackedLimit(file.length);
  const stream = new Blob([new Uint8Array(file)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > limit) throw new FormatError(where, `${name} unpacks to more than ${limit} bytes (maxBytes)`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (FormatError.isInstance(cause)) throw cause;
    const reason = reasonOf(cause);
    throw new FormatError(where, `${name} is not a whole gzip file (${reason})`, { cause });
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
