import { check } from '../errors/index.ts';
import { safeName } from './safe-name.ts';

/** How an archive is read. */
export interface UntarOptions {
  /** What messages call the file. Default `tar`. */
  name?: string;
}

/**
 * The files in a tar archive by their names; folders, links and the like are left out. Nothing is written anywhere, so a
 * name is only a key.
 *
 * **Memory** the contents are views into the archive.
 *
 * @throws DiptychError if a header's checksum is wrong the archive ends inside a file, or a name leads out of it (`../`).
 * @see POSIX.1-1988, section 10.1.1 (ustar)
 * @example
 * const files = untar(await gunzip(archive));
 * const test = cifar10Dataset([files.get('cifar-10-batches-bin/test_batch.bin')!]);
 */
export function untar(bytes: Uint8Array, options: UntarOptions = {}): Map<string, Uint8Array> {
  const { name: archive = 'tar' } = options;
  const files = new Map<string, Uint8Array>();
  const text = (at: number, length: number) => {
    const field = bytes.subarray(at, at + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
  };
  for (let at = 0; at < bytes.length;) {
    check(at + 512 <= bytes.length, 'untar', archive, 'whole', `an end inside the header at ${at}`);
    const header = bytes.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) break;
    // The checksum counts its own eight bytes as blanks.
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    const stored = Number.parseInt(text(at + 148, 8).trim(), 8);
    check(sum === stored, 'untar', archive, 'a sound tar archive', `a wrong checksum at ${at}`);
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const fits = Number.isInteger(size) && size >= 0 && at + 512 + size <= bytes.length;
    check(fits, 'untar', archive, 'whole', `an end inside ${text(at, 100)}`);
    const kind = text(at + 156, 1);
    const prefix = text(at + 257, 5) === 'ustar' ? text(at + 345, 155) : '';
    if (kind === '' || kind === '0') {
      const file = prefix ? `${prefix}/${text(at, 100)}` : text(at, 100);
      safeName(file, 'untar', archive);
      files.set(file, bytes.subarray(at + 512, at + 512 + size));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
