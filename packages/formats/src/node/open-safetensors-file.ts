import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../errors/index.ts';
import { openSafetensors, openShardedSafetensors, type SafetensorsFile } from '../index.ts';
import { fileRange, type FileRange } from './file-range.ts';

/** A safetensors file on a disk, open until `close`. */
export interface OpenSafetensorsFile extends SafetensorsFile {
  close(): Promise<void>;
}

/**
 * Opens a safetensors file, or the index of several (`model.safetensors.index.json`, beside which they lie), for reading single
 * tensors: of the data only what is asked for is read.
 *
 * **Memory** the header or index, and the tensors that are read. Files stay open until `close`.
 *
 * @throws DiptychError if a file cannot be read, is corrupt, or names files elsewhere
 * @example
 * const file = await openSafetensorsFile('model.safetensors.index.json');
 * for (const name of file.names) {
 *   loadStateDict(network, await file.read([name]), { strict: false }); // one tensor in host memory at a time
 * }
 * await file.close();
 */
export async function openSafetensorsFile(path: string): Promise<OpenSafetensorsFile> {
  const ranges: FileRange[] = [];
  const open = async (file: string) => {
    const range = await fileRange(file);
    ranges.push(range);
    return range;
  };
  const close = async () => void (await Promise.all(ranges.splice(0).map((range) => range.close())));
  try {
    if (!path.endsWith('.json')) return { ...(await openSafetensors(await open(path))), close };
    const index = await readFile(path).catch((error: Error) => {
      return fail('openSafetensorsFile', `the index cannot be read (${error.message})`, { cause: error });
    });
    return { ...openShardedSafetensors(index, (name) => open(join(dirname(path), name))), close };
  } catch (error) {
    await close();
    throw error;
  }
}
