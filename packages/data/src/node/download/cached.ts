import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { download } from './download.ts';
import type { DownloadOptions } from './download.ts';
import type { KnownFile } from './known-files.ts';

/** Where downloads of known sets go, and who is told. */
export interface CachedOptions extends Pick<DownloadOptions, 'signal' | 'onProgress' | 'retries' | 'retryDelay'> {
  /** Folder in which the archives are kept. Default: see `cacheFolder`. */
  folder?: string;
}

/** Bytes of a known file, from the cache if it is there. */
export async function cached(file: KnownFile, options: CachedOptions): Promise<Uint8Array> {
  const { folder = cacheFolder(), ...others } = options;
  return readFile(await download({ ...others, ...file, to: join(folder, file.name) }));
}
