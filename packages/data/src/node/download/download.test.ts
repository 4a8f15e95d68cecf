import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download } from './download.ts';
import type { DownloadOptions } from './download.ts';
import type { DownloadProgress } from './fetch-rest.ts';
import { fileSha256 } from './file-sha256.ts';

const body = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) % 251);
const sha256 = createHash('sha256').update(body).digest('hex');
const other = Uint8Array.from(body, (byte) => byte ^ 1);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** As servers do it: ranges, an ETag, If-Range. */
function whole(bytes: Uint8Array = body, etag = '"one"', cut = Infinity): Answer {
  return (request, response) => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const current = (request.headers['if-range'] ?? etag) === etag;
    const first = range && current ? Number(range[1]) : 0;
    if (first >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const headers = { etag, 'content-length': bytes.length - first, 'accept-ranges': 'bytes' };
    const partly = { ...headers, 'content-range': `bytes ${first}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(first > 0 ? 206 : 200, first > 0 ? partly : headers);
    const part = bytes.subarray(first, Math.min(bytes.length, first + cut));
    // The connection is to end before the promised length, when all that was sent has arrived.
    if (part.length < bytes.length - first) breaksAt = { received: first + part.length, response };
    response.write(part, () => part.length === bytes.length - first && response.end());
  };
}

const status =
  (code: number): Answer =>
  (_, response) =>
    response.writeHead(code).end('no file here');

let folder = '';
let server: Server;
let base = '';
let answers: Record<string, Answer[]> = {};
let breaksAt: { received: number; response: ServerResponse } | undefined;
let asked: { path: string; range?: string; ifRange?: string }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diptych-'));
  answers = {};
  asked = [];
  breaksAt = undefined;
  server = createServer((request, response) => {
    const path = request.url!;
    asked.push({ path, range: request.headers.range, ifRange: request.headers['if-range'] as string | undefined });
    const list = answers[path] ?? [status(404)];
    (list.length > 1 ? list.shift()! : list[0])(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});

const breakOff = ({ received }: DownloadProgress) => {
  if (received === breaksAt?.received) breaksAt.response.destroy();
};
const get = (paths: string[], options: Partial<DownloadOptions> = {}) =>
  download({
    urls: paths.map((path) => base + path),
    to: join(folder, 'a/b.bin'),
    sha256,
    retryDelay: 1,
    onProgress: breakOff,
    ...options,
  });
const files = () => readdir(join(folder, 'a')).then((names) => names.sort());
const content = () => fileSha256(join(folder, 'a/b.bin'));

describe('download', () => {
  it('writes the file, makes the folder, reports progress, leaves nothing else, and fetches nothing twice', async () => {
    answers['/x'] = [whole()];
    const seen: DownloadProgress[] = [];
    expect(await get(['/x'], { onProgress: (progress) => seen.push(progress) })).toBe(join(folder, 'a/b.bin'));
    expect(await content()).toBe(sha256);
    expect(await files()).toEqual(['b.bin']);
    expect(seen[0]).toEqual({ url: `${base}/x`, received: 0, total: body.length });
    expect(seen.at(-1)).toEqual({ url: `${base}/x`, received: body.length, total: body.length });
    expect(seen.every(({ received }, i) => i === 0 || received > seen[i - 1].received)).toBe(true);
    await get(['/x']);
    expect(asked).toHaveLength(1);
  });

  it('takes the first digits of a hash, in either case, and an answer without a length', async () => {
    answers['/x'] = [(_, response) => response.end(body)];
    await get(['/x'], { sha256: sha256.slice(0, 8).toUpperCase() });
    expect(await content()).toBe(sha256);
  });

  it('goes on where a broken connection ended, and only if the server still has the same file', async () => {
    answers['/x'] = [whole(body, '"one"', 70_000), whole(body, '"one"', 50_000), whole()];
    await get(['/x']);
    expect(await content()).toBe(sha256);
    expect(asked.map(({ range }) => range)).toEqual([undefined, 'bytes=70000-', 'bytes=120000-']);
    expect(asked.map(({ ifRange }) => ifRange)).toEqual([undefined, '"one"', '"one"']);
  });

  it('begins anew where the file has changed, or the server ignores ranges or answers another one', async () => {
    const ignores: Answer = (_, response) => response.end(body);
    const elsewhere: Answer = (_, response) =>
      response.writeHead(206, { 'content-range': `bytes 5-${body.length - 1}/${body.length}` }).end(body.subarray(5));
    const longer: Answer = (request, response) => {
      const first = Number(/\d+/.exec(request.headers.range!)![0]);
      response.writeHead(206, { 'content-range': `bytes ${first}-999999/1000000` }).end(body.subarray(first));
    };
    for (const second of [whole(body, '"two"'), ignores, elsewhere, longer]) {
      answers['/x'] = [whole(other, '"one"', 70_000), second, whole()];
      await get(['/x']);
      expect(await content()).toBe(sha256);
      expect(await files()).toEqual(['b.bin']);
      await rm(join(folder, 'a'), { recursive: true });
    }
  });

  it('resumes in a later call, also from another mirror, and with the last byte there already', async () => {
    answers['/x'] = [whole(body, '"one"', 70_000)];
    answers['/y'] = [whole(body, '"mirror"')];
    await expect(get(['/x'], { retries: 0 })).rejects.toThrow(/\/x.*(terminated|closed|aborted)/);
    expect(await files()).toEqual(['b.bin.partial', 'b.bin.partial.json']);
    await get(['/y']);
    expect(await content()).toBe(sha256);
    expect(asked.at(-1)).toEqual({ path: '/y', range: 'bytes=70000-', ifRange: undefined });

    await rm(join(folder, 'a/b.bin'));
    await writeFile(join(folder, 'a/b.bin.partial'), body);
    await writeFile(join(folder, 'a/b.bin.partial.json'), JSON.stringify({ url: `${base}/y` }));
    await get(['/y']);
    expect(await content()).toBe(sha256);
  });

  it('drops a beginning that turns out to be of another file, or of unknown origin', async () => {
    answers['/x'] = [whole()];
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a/b.bin.partial'), other.subarray(0, 1000));
    await writeFile(join(folder, 'a/b.bin.partial.json'), JSON.stringify({ url: `${base}/x`, validator: '"one"' }));
    await get(['/x']);
    expect(await content()).toBe(sha256);
    expect(asked.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);

    await rm(join(folder, 'a/b.bin'));
    await writeFile(join(folder, 'a/b.bin.partial'), body.subarray(0, 1000));
    await get(['/x']);
    expect(asked.at(-1)!.range).toBeUndefined();
  });

  it('tries the mirrors in turn: missing, wrong file, unreachable, then the good one, by way of a redirect', async () => {
    answers['/wrong'] = [whole(other)];
    answers['/there'] = [(_, response) => response.writeHead(302, { location: '/x' }).end()];
    answers['/x'] = [whole()];
    const urls = [`${base}/missing`, `${base}/wrong`, 'http://127.0.0.1:1/closed', `${base}/there`];
    await get([], { urls, retries: 1 });
    expect(await content()).toBe(sha256);
    expect(asked.map(({ path }) => path)).toEqual(['/missing', '/wrong', '/there', '/x']);
  });

  it('tries again what may pass, not what stays', async () => {
    answers['/x'] = [status(503), status(429), whole()];
    await get(['/x']);
    expect(asked).toHaveLength(3);
    answers['/gone'] = [status(410)];
    await rm(join(folder, 'a'), { recursive: true });
    await expect(get(['/gone'])).rejects.toThrow(/HTTP 410 from .*\/gone/);
    expect(asked).toHaveLength(4);
  });

  it('leaves nothing behind a wrong file, and names address, expected and actual hash', async () => {
    answers['/x'] = [whole(other)];
    const actual = createHash('sha256').update(other).digest('hex');
    await expect(get(['/x', '/y'])).rejects.toThrow(
      `b.bin: ${base}/x gave SHA-256 ${actual}, expected ${sha256}; HTTP 404 from ${base}/y`,
    );
    expect(await files()).toEqual([]);
  });

  it('never touches another file that has the name', async () => {
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a/b.bin'), 'mine');
    await expect(get(['/x'])).rejects.toThrow(/b.bin is another file, of SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}/);
    expect(await readFile(join(folder, 'a/b.bin'), 'utf8')).toBe('mine');
    expect(asked).toEqual([]);
  });

  it('ends with the reason of the signal, at once, and resumes later', async () => {
    // Half of the file, then silence.
    answers['/x'] = [
      (_, response) => {
        response.writeHead(200, { etag: '"one"', 'content-length': body.length });
        response.write(body.subarray(0, 100_000));
      },
      whole(),
    ];
    const controller = new AbortController();
    const onProgress = ({ received }: DownloadProgress) => {
      if (received === 100_000) controller.abort(new Error('enough'));
    };
    await expect(get(['/x'], { signal: controller.signal, onProgress })).rejects.toThrow('enough');
    expect(await files()).toEqual(['b.bin.partial', 'b.bin.partial.json']);
    await expect(get(['/x'], { signal: controller.signal })).rejects.toThrow('enough');
    expect(asked).toHaveLength(1);
    await get(['/x']);
    expect(asked.at(-1)!.range).toBe('bytes=100000-');
    expect(await content()).toBe(sha256);

    // While it waits between two attempts.
    await rm(join(folder, 'a'), { recursive: true });
    answers['/x'] = [status(503)];
    const soon = AbortSignal.timeout(50);
    await expect(get(['/x'], { signal: soon, retryDelay: 60_000 })).rejects.toThrow(/timeout/);
  });

  it('says that the disk is full, keeps what has arrived and resumes', async () => {
    answers['/x'] = [whole(body, '"one"', 70_000), whole()];
    await expect(get(['/x'], { retries: 0 })).rejects.toThrow();
    const kept = await readFile(join(folder, 'a/b.bin.partial'));
    // A device that has no room for a single byte takes the place of the partial file.
    const note = await readFile(join(folder, 'a/b.bin.partial.json'));
    await rm(join(folder, 'a/b.bin.partial'));
    await symlink('/dev/full', join(folder, 'a/b.bin.partial'));
    await expect(get(['/x'])).rejects.toThrow(
      /b.bin cannot be written \(ENOSPC at byte 0\); what has arrived is kept in .*b.bin.partial, call again/,
    );
    expect(await files()).toEqual(['b.bin.partial', 'b.bin.partial.json']);
    await rm(join(folder, 'a/b.bin.partial'));
    await writeFile(join(folder, 'a/b.bin.partial'), kept);
    await writeFile(join(folder, 'a/b.bin.partial.json'), note);
    await get(['/x']);
    expect(asked.at(-1)!.range).toBe('bytes=70000-');
    expect(await content()).toBe(sha256);
  });

  it('refuses options that cannot be meant', async () => {
    for (const [options, message] of [
      [{ urls: [] }, /urls must be at least one address/],
      [{ urls: 'ftp://a/b' }, /urls must be addresses of http or https, got "ftp/],
      [{ urls: 'nowhere' }, /urls must be/],
      [{ sha256: 'abc' }, /sha256 must be 8 to 64 hexadecimal digits/],
      [{ sha256: 'z'.repeat(64) }, /sha256/],
      [{ retries: -1 }, /retries must be an integer >= 0/],
      [{ to: '' }, /to must be a path/],
    ] as const) {
      await expect(get(['/x'], options)).rejects.toThrow(message);
    }
  });
});
