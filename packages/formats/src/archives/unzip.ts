import { checkOptions, FormatError } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import { runOnBytes } from '../ranges/ranged-steps.ts';
import { archiveRules, unpackedLimit } from './unpacked-limit.ts';
import { zipContents } from './zip-contents.ts';
import { zipDataStart, zipDirectory, type ZipContext } from './zip-directory.ts';

/** Limits of unpacking. */
export interface UnzipOptions {
  /** What messages call the file. Default `zip`. */
  name?: string;
  /** Bytes that all files together may unpack to; more is refused before it is unpacked. Default 128 MiB and 64 times the size of the archive, at most 2 GiB. */
  maxBytes?: number;
}

/**
 * The files in a zip archive by their names, in the archive's order; folders are left out. Nothing is written anywhere, so a
 * name is only a key.
 *
 * **Memory** the contents are copies; the bytes may be reused.
 *
 * @throws FormatError if the bytes are no whole zip archive, would unpack to more than `maxBytes` or than they declare, hold a name
 * twice or one that leads out of the archive (`../`), or if an entry is encrypted, overlaps another or differs from its checksum
 * @see PKWARE, APPNOTE.TXT
 * @example
 * const files = unzip(bytes, { name: 'cifar10-32x32.zip' });
 */
export function unzip(bytes: FileBytes, options: UnzipOptions = {}): Map<string, Uint8Array<ArrayBuffer>> {
  const where = 'unzip';
  const { name = 'zip', maxBytes } = checkOptions(where, options, archiveRules);
  const files = zipFiles(plainBytes(bytes, where), { where, name, maxBytes });
  return new Map([...files].map(([file, { read, stored }]) => [file, stored ? new Uint8Array(read()) : read()]));
}

/** One file in an archive. */
export interface ZippedFile {
  /** Bytes of the contents. */
  size: number;
  /** Whether the contents are a view of the archive. */
  stored: boolean;
  /** Unpacks and checks the contents. */
  read(): Uint8Array<ArrayBuffer>;
}

/** The files in a zip archive in memory, none of them unpacked yet; together they may unpack to `maxBytes`. */
export function zipFiles(
  bytes: Uint8Array,
  { where, name, unset, maxBytes = unpackedLimit(bytes.length) }: ZipContext & { maxBytes?: number },
): Map<string, ZippedFile> {
  const context = { where, name, unset };
  const entries = runOnBytes(zipDirectory(bytes.length, context), bytes);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) throw new FormatError(where, `${name} would unpack to more than ${maxBytes} bytes (maxBytes)`);
  return new Map(
    entries.map((entry) => {
      const read = () => {
        const start = runOnBytes(zipDataStart(entry, context), bytes);
        return zipContents(entry, bytes.subarray(start, start + entry.packed), context) as Uint8Array<ArrayBuffer>;
      };
      return [entry.name, { size: entry.size, stored: entry.method === 0, read }];
    }),
  );
}
