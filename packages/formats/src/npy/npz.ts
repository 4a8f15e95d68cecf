import { Zip, ZipPassThrough } from 'fflate';
import { checkOptions, checkRule, FormatError, rules } from '../errors/index.ts';
import { archiveRules } from '../archives/unpacked-limit.ts';
import { zipFiles, type UnzipOptions } from '../archives/unzip.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import { orUnsupported, recordOf } from '../tensors/unsupported.ts';
import { readNpy, writeNpy, type NpyArray, type NpyFile } from './npy.ts';

/**
 * The arrays in a numpy `.npz` file by their names. All are listed; an array of a type that is not read (strings, Python objects) is
 * refused when it is asked for, so that those beside it can be used.
 *
 * **Memory** the arrays are copies; the bytes may be reused.
 *
 * @throws FormatError if the bytes are no zip archive, an array is damaged, two have one name, or all together would unpack to more
 * than `maxBytes`; at an array of a type that is not read (see `readNpy`)
 * @see numpy.savez
 * @example
 * const { mu, sigma } = readNpz(await readFile('reference.npz'));
 */
export function readNpz(bytes: FileBytes, options: UnzipOptions = {}): Record<string, NpyFile> {
  const where = 'readNpz';
  const { name = 'npz', maxBytes } = checkOptions(where, options, archiveRules);
  const files = zipFiles(plainBytes(bytes, where), { where, name, maxBytes });
  const arrays = [...files].map(([file, zipped]) => {
    const read = () => readNpy(zipped.read(), { name: `${file} in ${name}` });
    return [file.replace(/\.npy$/, ''), orUnsupported(read)] as const;
  });
  const names = new Set(arrays.map(([array]) => array));
  if (names.size < arrays.length) throw new FormatError(where, `${name} holds two arrays of one name`);
  return recordOf(arrays);
}

/**
 * Arrays as the bytes of a numpy `.npz` file, not compressed (as `numpy.savez` does it). The same arrays give the same bytes.
 *
 * @throws DiptychError if an array cannot be written (see `writeNpy`)
 * @example
 * const bytes = writeNpz({ mu: { shape: [64], data: mean }, sigma: { shape: [64, 64], data: covariance } });
 */
export function writeNpz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array<ArrayBuffer> {
  checkRule('writeNpz', 'arrays', rules.record, arrays);
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
  });
  for (const [name, array] of Object.entries(arrays)) {
    const file = new ZipPassThrough(`${name}.npy`);
    // A fixed date, so that the same arrays give the same bytes.
    file.mtime = new Date(1980, 0, 1);
    zip.add(file);
    file.push(writeNpy(array), true);
  }
  zip.end();
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
