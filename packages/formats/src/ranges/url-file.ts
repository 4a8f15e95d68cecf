import { checkOptions, checkRule, fail, rules } from '../errors/index.ts';
import type { RangedFile } from './ranged-file.ts';

/** Options of `urlFile`. */
export interface UrlFileOptions {
  /** Sent with every request, such as an authorisation. */
  headers?: Readonly<Record<string, string>>;
  /** Ends every request. */
  signal?: AbortSignal;
  /** Makes the requests. Default the global `fetch`. */
  fetch?: typeof fetch;
}

const where = 'urlFile';
const urlRule = { words: 'a URL', holds: (value: unknown) => rules.text.holds(value) || value instanceof URL };

/**
 * A file behind a URL, read by range requests: only the bytes that are asked for are transferred, and a server that would
 * send the whole file instead is refused before its body is read.
 *
 * @throws DiptychError if the URL cannot be read, the server answers no range requests, or the file changes between two of them
 * @see RFC 9110, section 14
 * @example
 * const file = await openSafetensors(await urlFile('https://example.org/model.safetensors'));
 */
export async function urlFile(url: string | URL, options: UrlFileOptions = {}): Promise<RangedFile> {
  const known = { headers: rules.object, signal: rules.signal, fetch: rules.callback };
  checkOptions(where, options, known);
  checkRule(where, 'url', urlRule, url);
  const { size } = await request(url, 0, 1, options);
  const readRange = async (start: number, end: number) => {
    if (start === end) return new Uint8Array(0);
    const { size: now, bytes } = await request(url, start, end, options);
    if (now !== size)
      fail(where, `${String(url)} had ${size} bytes and now has ${now}: it was changed while it was read`);
    return bytes;
  };
  return { size, readRange };
}

async function request(
  url: string | URL,
  start: number,
  end: number,
  { headers, signal, fetch: send = fetch }: UrlFileOptions,
): Promise<{ size: number; bytes: Uint8Array }> {
  let response: Response;
  try {
    response = await send(url, { headers: { ...headers, range: `bytes=${start}-${end - 1}` }, signal });
  } catch (error) {
    signal?.throwIfAborted();
    fail(where, `${String(url)} cannot be fetched (${String(error)})`, { cause: error });
  }
  const answer = `${response.status} ${response.statusText}`.trim();
  const given = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  const [first, last, size] = (given ?? []).slice(1).map(Number);
  // One byte is asked for at first, when the size is not known: an empty file has no such byte.
  const fits = response.status === 206 && first === start && last === end - 1 && last < size;
  if (!fits) await response.body?.cancel();
  const range = response.headers.get('content-range') ?? 'no content-range';
  if (!fits) fail(where, `the server of ${String(url)} must answer range requests, but answered ${answer}, ${range}`);
  return { size, bytes: await bodyOf(response, end - start) };
}

/** The body, at most as long as it must be: a server may send more than it says. */
async function bodyOf(response: Response, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const reader = response.body!.getReader();
  let at = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const { value } = next as { value: Uint8Array };
    if (at + value.length > length) await reader.cancel();
    if (at + value.length > length) fail(where, `the server sent more than the ${length} bytes it announced`);
    bytes.set(value, at);
    at += value.length;
  }
  if (at !== length) fail(where, `the server sent ${at} of the ${length} bytes it announced`);
  return bytes;
}
