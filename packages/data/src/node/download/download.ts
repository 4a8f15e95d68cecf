import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { check, checkIndex, DiptychError, fail } from '@diptych/formats/errors';
import { fetchRest, RefusedByServer } from './fetch-rest.ts';
import type { DownloadProgress } from './fetch-rest.ts';
import { fileSha256 } from './file-sha256.ts';
import { dropPartial, partialOf } from './partial-file.ts';

/** One file that lies at one or more addresses. */
export interface DownloadOptions {
  /** Address, or the same file's addresses in the order in which they are tried. */
  urls: string | readonly string[];
  /** Path of the file; folders on the way are made. */
  to: string;
  /** SHA-256 of the file in hexadecimal: all 64 digits, or the first 8 or more, as names of PyTorch's weight files carry. */
  sha256: string;
  /** Ends the download; what has arrived stays and is not fetched again. */
  signal?: AbortSignal;
  /** Told after every piece that was written. */
  onProgress?: (progress: DownloadProgress) => void;
  /** How often an address is tried again after a broken connection or an error of the server. Default 3. */
  retries?: number;
  /** Milliseconds before the first of these; doubled each time. Default 1000. */
  retryDelay?: number;
}

/**
 * Downloads a file, once: if it is there with the right hash, nothing is fetched. The bytes go to `<to>.partial` beside it,
 * from where an interrupted download resumes, on the same or another mirror; only a file with the right hash gets the name.
 *
 * **Memory** that of one piece, whatever the size of the file.
 *
 * @returns the path `to`
 * @throws DiptychError if another file has the name already (it is left as it is), no address gives the file (each address is
 * named with its reason, a wrong hash with the expected and the actual one), or the disk is full (what has arrived stays and a
 * later call resumes); the reason of the signal if it ends the download.
 * @see RFC 9110, sections 13.1.5 (If-Range) and 14 (range requests)
 * @example
 * await download({ urls: [mirror, origin], to: 'cache/train.zip', sha256: 'c4a38c50…' });
 */
export async function download(options: DownloadOptions): Promise<string> {
  const { to, signal, retries = 3, retryDelay = 1000 } = options;
  const urls = typeof options.urls === 'string' ? [options.urls] : options.urls;
  const sha256 = checkOptions(options, urls);
  signal?.throwIfAborted();
  if (await exists(to)) {
    const actual = await fileSha256(to, { signal });
    if (!actual.startsWith(sha256)) fail('download', `${to} is another file, of SHA-256 ${actual}, not ${sha256}`);
    return to;
  }
  await mkdir(dirname(to), { recursive: true });

  const reasons: string[] = [];
  const causes: unknown[] = [];
  for (const url of urls) {
    for (let attempt = 0; attempt <= retries; attempt++) {
      try {
        if (attempt > 0) await pause(retryDelay * 2 ** (attempt - 1), undefined, { signal });
        const resumed = await fetchRest(url, to, options);
        const actual = await fileSha256(partialOf(to).path, { signal });
        if (actual.startsWith(sha256)) return await settle(to);
        await dropPartial(to);
        // Bytes from before may be to blame; a whole file that is another one will stay so.
        if (resumed && attempt < retries) continue;
        reasons.push(`${url} gave SHA-256 ${actual}, expected ${sha256}`);
        break;
      } catch (error) {
        signal?.throwIfAborted();
        if (DiptychError.isInstance(error)) throw error;
        const final = attempt === retries || (error instanceof RefusedByServer && !passing(error.status));
        if (!final) continue;
        reasons.push(error instanceof RefusedByServer ? error.message : `${url}: ${messageOf(error)}`);
        causes.push(error);
        break;
      }
    }
  }
  return fail('download', `no address gives ${to}: ${reasons.join('; ')}`, { cause: causes.at(-1) });
}

function checkOptions({ to, sha256, retries = 3 }: DownloadOptions, urls: readonly string[]): string {
  check(urls.length > 0, 'download', 'urls', 'at least one address', urls);
  for (const url of urls) {
    const known = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
    check(known, 'download', 'urls', 'addresses of http or https', url);
  }
  check(typeof to === 'string' && to !== '', 'download', 'to', 'a path', to);
  check(/^[0-9a-f]{8,64}$/i.test(sha256), 'download', 'sha256', '8 to 64 hexadecimal digits', sha256);
  checkIndex('download', { retries });
  return sha256.toLowerCase();
}

/** The partial file gets its name. */
async function settle(to: string): Promise<string> {
  await rename(partialOf(to).path, to);
  await dropPartial(to);
  return to;
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Too many requests, a timeout, or trouble of the server: later it may work. */
const passing = (status: number) => status === 408 || status === 429 || status >= 500;

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
