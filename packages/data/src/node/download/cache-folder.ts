import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { download } from './download.ts';
import type { DownloadOptions } from './download.ts';
import type { KnownFile } from './known-files.ts';

/**
 * Where downloads are kept unless a call says otherwise: `$DIPTYCH_CACHE`, else `diptych` in `$XDG_CACHE_HOME` or `~/.cache`.
 *
 * @example
 * cacheFolder(); // '/home/ada/.cache/diptych'
 */
export function cacheFolder(): string {
  const { DIPTYCH_CACHE, XDG_CACHE_HOME } = process.env;
  return DIPTYCH_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'diptych');
}

/** Where downloads of known sets go, and who is told. */
export interface CachedOptions extends Pick<DownloadOptions, 'signal' | 'onProgress' | 'retries' | 'retryDelay'> {
  /** Folder in which the archives are kept. Default: see `cacheFolder`. */
  folder?: string;
}

/** Bytes of a known file, from the cache if it is there. */
export async function cached(
  file: KnownFile,
  { folder = cacheFolder(), ...others }: CachedOptions,
): Promise<Uint8Array> {
  return readFile(await download({ ...others, ...file, to: join(folder, file.name) }));
}
