import { zipSync } from 'fflate';
import { readNpy, writeNpy } from './npy.ts';
import type { NpyArray } from './npy.ts';
import { unzip } from '../archives/unzip.ts';
import type { UnzipOptions } from '../archives/unzip.ts';

/**
 * The arrays in a numpy `.npz` file by their names.
 *
 * @throws DiptychError if the bytes are no zip archive or an array cannot be read (see `readNpy`).
 * @example
 * const { mu, sigma } = readNpz(await readFile('reference.npz'));
 */
export function readNpz(bytes: Uint8Array, options: UnzipOptions = {}): Record<string, NpyArray> {
  const { name = 'npz' } = options;
  const arrays = [...unzip(bytes, { ...options, name })].map(([file, content]): [string, NpyArray] => [
    file.replace(/\.npy$/, ''),
    readNpy(content, { name: `${file} in ${name}` }),
  ]);
  return Object.fromEntries(arrays);
}

/**
 * Arrays as the bytes of a numpy `.npz` file, not compressed (as `numpy.savez` does it).
 *
 * @example
 * const bytes = writeNpz({ mu: { shape: [64], data: mean }, sigma: { shape: [64, 64], data: covariance } });
 */
export function writeNpz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, writeNpy(array)]);
  // A fixed date, so that the same arrays give the same bytes.
  return zipSync(Object.fromEntries(files) as Record<string, Uint8Array>, { level: 0, mtime: new Date(1980, 0, 1) });
}
