import { open } from 'node:fs/promises';
import { fail } from '@diptych/formats/errors';
import { dropPartial, notePartial, partialOf, readPartial } from './partial-file.ts';
import type { PartialOrigin } from './partial-file.ts';

/** How far a download has come. */
export interface DownloadProgress {
  /** Address that is being read. */
  readonly url: string;
  /** Bytes of the file so far, those of an earlier attempt included. */
  readonly received: number;
  /** Bytes of the whole file, if the server says. */
  readonly total?: number;
}

/** The server answered, but not with the file: trying the same address again at once is of no use. */
export class RefusedByServer extends Error {
  constructor(
    readonly status: number,
    url: string,
  ) {
    super(`HTTP ${status} from ${url}`);
  }
}

/**
 * Fetches what the partial file of `to` still lacks and leaves the whole in it; true if it goes on from bytes that were there
 * before. Interrupted, it leaves what has arrived.
 */
export async function fetchRest(
  url: string,
  to: string,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (progress: DownloadProgress) => void },
): Promise<boolean> {
  const { length: have, origin } = await readPartial(to);
  // The bytes as they are: an archive that the transport unpacks would be another file.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (have > 0) headers.range = `bytes=${have}-`;
  // Another mirror has validators of its own; there the length, and in the end the hash, must do.
  if (have > 0 && origin?.validator && origin.url === url) headers['if-range'] = origin.validator;
  const response = await fetch(url, { headers, signal });

  if (response.status === 416 || (response.status === 206 && !continues(response, have, origin))) {
    await response.body?.cancel();
    if (response.status === 416 && isWhole(response, have)) return true;
    await dropPartial(to);
    return fetchRest(url, to, { signal, onProgress });
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new RefusedByServer(response.status, url);
  }

  const start = response.status === 206 ? have : 0;
  const total = totalOf(response);
  await notePartial(to, { url, validator: validatorOf(response), total });
  // Positions instead of appending: a second process at the same file writes the same bytes to the same places.
  const file = await open(partialOf(to).path, start > 0 ? 'r+' : 'w');
  let received = start;
  try {
    onProgress?.({ url, received, total });
    for await (const chunk of response.body) {
      await writeAll(file, chunk as Uint8Array, received, to);
      received += (chunk as Uint8Array).length;
      onProgress?.({ url, received, total });
    }
  } finally {
    await file.close();
  }
  if (total !== undefined && received !== total) throw new Error(`${url} ended after ${received} of ${total} bytes`);
  return start > 0;
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array, at: number, to: string) {
  let written = 0;
  try {
    while (written < chunk.length) {
      const { bytesWritten } = await file.write(chunk, written, chunk.length - written, at + written);
      written += bytesWritten;
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const kept = `what has arrived is kept in ${partialOf(to).path}, call again to resume`;
    fail('download', `${to} cannot be written (${code} at byte ${at + written}); ${kept}`, { cause });
  }
}

/** `Content-Range: bytes 100-999/1000`, the total possibly `*`. */
function rangeOf(response: Response): { first: number; total?: number } | undefined {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  return match ? { first: Number(match[1]), ...(match[2] !== '*' && { total: Number(match[2]) }) } : undefined;
}

function continues(response: Response, have: number, origin?: PartialOrigin): boolean {
  const range = rangeOf(response);
  if (range?.first !== have) return false;
  return range.total === undefined || origin?.total === undefined || range.total === origin.total;
}

/** A range beyond the end: nothing is missing if the file ends where the partial one does. */
function isWhole(response: Response, have: number): boolean {
  return response.headers.get('content-range') === `bytes */${have}`;
}

function totalOf(response: Response): number | undefined {
  if (response.status === 206) return rangeOf(response)?.total;
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  const length = response.headers.get('content-length');
  return length !== null && encoding === 'identity' ? Number(length) : undefined;
}

/** `If-Range` takes strong ETags and dates only. */
function validatorOf(response: Response): string | undefined {
  const etag = response.headers.get('etag');
  if (etag && !etag.startsWith('W/')) return etag;
  return response.headers.get('last-modified') ?? undefined;
}
