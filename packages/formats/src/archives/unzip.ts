import { check, DiptychError } from '../errors/index.ts';
import { unzipSync } from 'fflate';
import { crc32 } from './crc32.ts';
import { safeName } from './safe-name.ts';
import { zipChecksums } from './zip-checksums.ts';

/** Limits of unpacking. */
export interface UnzipOptions {
  /** What messages call the file. Default `zip`. */
  name?: string;
  /** Bytes that all files together may unpack to; more is refused before it is unpacked. Default 2 GiB. */
  maxBytes?: number;
}

/**
 * The files in a zip archive by their names, in the archive's order; folders are left out. Nothing is written anywhere, so a
 * name is only a key.
 *
 * @throws DiptychError if the bytes are no whole zip archive, would unpack to more than `maxBytes`, a file's checksum is wrong,
 * or a name leads out of the archive (`../`).
 * @see PKWARE, APPNOTE.TXT
 * @example
 * const files = unzip(bytes, { name: 'cifar10-32x32.zip' });
 */
export function unzip(bytes: Uint8Array, options: UnzipOptions = {}): Map<string, Uint8Array> {
  const { name = 'zip', maxBytes = 2 ** 31 } = options;
  let total = 0;
  try {
    const files = unzipSync(bytes, {
      filter(file) {
        total += file.originalSize;
        check(total <= maxBytes, 'unzip', name, `at most ${maxBytes} bytes unpacked`, 'more');
        safeName(file.name, 'unzip', name);
        return !file.name.endsWith('/');
      },
    });
    const checksums = zipChecksums(bytes);
    const contents = new Map(Object.entries(files));
    for (const [file, content] of contents) {
      const sound = crc32(content) === checksums.get(file);
      check(sound, 'unzip', `${file} in ${name}`, 'what its checksum says', 'other bytes');
    }
    return contents;
  } catch (cause) {
    if (DiptychError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DiptychError({ where: 'unzip', parameter: name, rule: 'a whole zip archive', value: reason }, { cause });
  }
}
