import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, download } from '@diptych/data/node';
import type { DownloadOptions } from '@diptych/data/node';
import { checkOptions, checkRule, fail, rules } from '@diptych/formats/errors';
import type { PublishedWeights, NetworkWeights } from '../../networks/weights/read-weights.ts';
import { readWeights } from '../../networks/weights/read-weights.ts';

/** Where a weight file goes, and who is told. */
export interface FetchWeightsOptions extends Pick<DownloadOptions, 'signal' | 'onProgress' | 'retries' | 'retryDelay'> {
  /** Folder in which it is kept. Default: `weights` in `cacheFolder()` of `@diptych/data/node`. */
  folder?: string;
  /** SHA-256 that it must have, where none is published. */
  sha256?: string;
}

/** Where `fetchWeights` keeps a weight file. */
export function weightsPath(checkpoint: PublishedWeights, folder = join(cacheFolder(), 'weights')): string {
  checkPublished('weightsPath', checkpoint);
  checkRule('weightsPath', 'folder', rules.text, folder);
  return join(folder, checkpoint.file);
}

/**
 * A published weight file from the cache, or downloaded into it: whole or not at all, resumed where it broke off, checked by its
 * SHA-256.
 *
 * @throws DiptychError if no hash is published and none is given, or the download fails (see `download`)
 * @example
 * const network = inception(await fetchWeights(inceptionCheckpoint, { onProgress: ({ received }) => bar.update(received) }));
 */
export async function fetchWeights(
  checkpoint: PublishedWeights,
  options: FetchWeightsOptions = {},
): Promise<NetworkWeights> {
  const {
    folder,
    sha256 = checkpoint?.sha256,
    ...others
  } = checkOptions('fetchWeights', options, {
    folder: rules.text,
    sha256: rules.text,
    signal: rules.signal,
    onProgress: rules.callback,
    retries: rules.index,
    retryDelay: rules.nonNegative,
  });
  checkPublished('fetchWeights', checkpoint);
  if (!sha256) {
    const reason = `nobody has published one for ${checkpoint.file}, and an unchecked file may be any`;
    fail('fetchWeights', `sha256 must be given: ${reason}`);
  }
  const to = await download({ ...others, urls: checkpoint.urls, to: weightsPath(checkpoint, folder), sha256 });
  return readWeights(await readFile(to), { name: to, sha256 });
}

function checkPublished(where: string, checkpoint: PublishedWeights): void {
  checkRule(where, 'checkpoint', rules.having('published weights { file, urls }', 'file', 'urls'), checkpoint);
  checkRule(where, 'checkpoint.file', rules.text, checkpoint.file);
  checkRule(where, 'checkpoint.urls', rules.list(rules.text), checkpoint.urls);
}
