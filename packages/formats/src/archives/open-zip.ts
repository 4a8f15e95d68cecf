import { check, checkOptions, checkRule, describeValue, FormatError } from '../errors/index.ts';
import { rangedFileRule, type RangedFile } from '../ranges/ranged-file.ts';
import { readExactly, runOnFile } from '../ranges/ranged-steps.ts';
import type { UnzipOptions } from './unzip.ts';
import { archiveRules, unpackedLimit } from './unpacked-limit.ts';
import { zipContents } from './zip-contents.ts';
import { zipDataStart, zipDirectory } from './zip-directory.ts';

/** A zip archive of which single files can be read. */
export interface ZipFile {
  /** Names of all files, in the archive's order. */
  names: readonly string[];
  /**
   * The contents of one file. Nothing else is transferred.
   *
   * @throws DiptychError if there is no such file, or it cannot be read as it is
   */
  read(name: string): Promise<Uint8Array>;
}

/**
 * Opens a zip archive for reading single files: of a large archive behind a URL or on a disk, the directory and what is asked for are
 * read, nothing else.
 *
 * **Memory** the directory, and the files that are read.
 *
 * @param file its size and a function that reads a range: `urlFile`, `fileRange` of `@diptych/formats/node`, or your own
 * @throws FormatError if the archive is damaged, holds a name twice, or an entry would unpack to more than `maxBytes`
 * @see PKWARE, APPNOTE.TXT
 * @example
 * const archive = await openZip(await urlFile('https://example.org/samples.zip'));
 * const first = await archive.read(archive.names[0]);
 */
export async function openZip(file: RangedFile, options: UnzipOptions = {}): Promise<ZipFile> {
  const where = 'openZip';
  checkRule(where, 'file', rangedFileRule, file);
  const { name = 'zip', maxBytes = unpackedLimit(file.size) } = checkOptions(where, options, archiveRules);
  const context = { where, name };
  const { size } = file;
  check(Number.isSafeInteger(size) && size >= 0, where, 'size', 'the number of bytes of the file', size);
  const entries = await runOnFile(zipDirectory(size, context), file, where);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const read = async (wanted: string) => {
    const entry = byName.get(wanted);
    check(entry, where, 'name', `the name of a file in ${name}`, wanted);
    if (entry.size > maxBytes) {
      throw new FormatError(
        where,
        `${describeValue(wanted)} in ${name} would unpack to more than ${maxBytes} bytes (maxBytes)`,
      );
    }
    const start = await runOnFile(zipDataStart(entry, context), file, where);
    return zipContents(entry, await readExactly(file, start, start + entry.packed, where), context);
  };
  return { names: [...byName.keys()], read };
}
