import { check, fail, reasonOf } from '@diptych/formats/errors';

/** One file that lies at one or more addresses. */
export interface FetchArchiveOptions {
  /** SHA-256 of the file, 64 hexadecimal digits. */
  sha256: string;
  /** Folder in which files are kept under their hash, see `opfsFolder`. Default: nothing is kept. */
  cache?: FileSystemDirectoryHandle;
  signal?: AbortSignal;
  /** Told after every piece. */
  onProgress?: (progress: { received: number; total?: number; url: string }) => void;
}

/**
 * The bytes of a file from the web, checked; from the cache if it is there. For pages; in Node see `download`, which resumes.
 *
 * **Memory** the file, twice while it arrives.
 *
 * @throws DiptychError if no address gives the file (each is named with its reason, a wrong hash with the expected and the
 * actual one); the reason of the signal.
 * @example
 * const cache = await opfsFolder('diptych');
 * const files = untar(await gunzip(await fetchArchive(url, { sha256, cache })));
 * const test = cifar10Dataset([files.get('cifar-10-batches-bin/test_batch.bin')!]);
 */
export async function fetchArchive(
  urls: string | readonly string[],
  { sha256: hash, cache, signal, onProgress }: FetchArchiveOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const where = 'fetchArchive';
  check(/^[0-9a-f]{64}$/i.test(hash), where, 'sha256', '64 hexadecimal digits', hash);
  const sha256 = hash.toLowerCase();
  const addresses = typeof urls === 'string' ? [urls] : urls;
  check(addresses.length > 0, where, 'urls', 'at least one address', urls);
  const kept = await cache?.getFileHandle(sha256).catch(() => undefined);
  const before = kept && new Uint8Array(await (await kept.getFile()).arrayBuffer());
  // Checked again: what a page keeps, another of its scripts may have changed.
  if (before && (await sha256Of(before)) === sha256) return before;

  const reasons: string[] = [];
  for (const url of addresses) {
    try {
      const bytes = await receive(url, signal, onProgress);
      const actual = await sha256Of(bytes);
      if (actual !== sha256) {
        reasons.push(`${url} gave SHA-256 ${actual}, expected ${sha256}`);
        continue;
      }
      if (cache) await keep(cache, sha256, bytes);
      return bytes;
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(`${url}: ${reasonOf(error)}`);
    }
  }
  return fail(where, `no address gives the file: ${reasons.join('; ')}`);
}

async function receive(
  url: string,
  signal: AbortSignal | undefined,
  onProgress: FetchArchiveOptions['onProgress'],
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
  const length = response.headers.get('content-length');
  const total = length === null ? undefined : Number(length);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    received += part.value.length;
    onProgress?.({ received, total, url });
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** The name appears when the writer is closed, with all of the bytes. */
async function keep(cache: FileSystemDirectoryHandle, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = await (await cache.getFileHandle(name, { create: true })).createWritable();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch (error) {
    await writer.abort().catch(() => undefined);
    await cache.removeEntry(name).catch(() => undefined);
    throw error;
  }
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
