import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiptychError } from '../errors/index.ts';
import type { HostTensors } from '../tensors/host-tensor.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import { openShardedSafetensors } from '../safetensors/open-sharded-safetensors.ts';
import { readSafetensors } from '../safetensors/read-safetensors.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';
import type { RangedFile } from './ranged-file.ts';
import { urlFile } from './url-file.ts';

const tensors: HostTensors = {
  a: { shape: [1000], dtype: 'float32', data: Float32Array.from({ length: 1000 }, (_, i) => i) },
  b: { shape: [2, 2], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4) },
  c: { shape: [3], dtype: 'int8', data: Int8Array.of(-1, 0, 1) },
  empty: { shape: [0], dtype: 'float32', data: new Float32Array(0) },
};
const bytes = writeSafetensors(tensors, { step: '7' });

/** A file in memory that remembers which ranges were read. */
function inMemory(data: Uint8Array): RangedFile & { ranges: [number, number][] } {
  const ranges: [number, number][] = [];
  const readRange = async (start: number, end: number) => {
    ranges.push([start, end]);
    return data.subarray(start, end);
  };
  return { size: data.length, readRange, ranges };
}

describe('openSafetensors', () => {
  it('reads all that readSafetensors reads, and single tensors in the order asked for', async () => {
    const file = await openSafetensors(inMemory(bytes));
    expect(await file.read()).toEqual(readSafetensors(bytes).tensors);
    expect(file.metadata).toEqual({ step: '7' });
    expect(new Set(file.names)).toEqual(new Set(Object.keys(tensors)));
    const some = await file.read(['c', 'b', 'c']);
    expect(Object.keys(some)).toEqual(['c', 'b']);
    expect(some).toEqual({ b: tensors.b, c: tensors.c });
    await expect(file.read(['d'])).rejects.toThrow(/names must be those of tensors in the file, got "d"/);
  });

  it('reads the header and the bytes of what was asked for, neighbours at once', async () => {
    const memory = inMemory(bytes);
    const file = await openSafetensors(memory);
    const header = memory.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
    expect(header).toBe(bytes.length - 4000 - 16 - 3);
    await file.read(['b']);
    expect(memory.ranges).toHaveLength(3);
    expect(memory.ranges[2][1] - memory.ranges[2][0]).toBe(16);
    await file.read(['b', 'c']);
    expect(memory.ranges).toHaveLength(4);
    expect(memory.ranges[3][1] - memory.ranges[3][0]).toBe(19);
  });

  it('the tensors keep no more than their own bytes', async () => {
    const { b, c } = await (await openSafetensors(inMemory(bytes))).read(['b', 'c']);
    expect([b, c].map(({ data }) => data.buffer.byteLength)).toEqual([16, 3]);
  });

  it.each<[string, RangedFile, RegExp]>([
    ['a file of 7 bytes', inMemory(new Uint8Array(7)), /size must be at least the 8/],
    ['a size that is none', { ...inMemory(bytes), size: NaN }, /file must be a file that is read in ranges/],
    [
      'a truncated file',
      inMemory(bytes.subarray(0, bytes.length - 1)),
      /describes \d+ bytes of data, but the file has \d+/,
    ],
    ['a header beyond the file', inMemory(bytes.subarray(0, 20)), /at most 12 are possible/],
    [
      'a range cut short',
      { size: bytes.length, readRange: async () => bytes.subarray(0, 3) },
      /readRange gave 3 of the 8 bytes from byte 0/,
    ],
    [
      'no bytes',
      { size: bytes.length, readRange: async () => undefined as never },
      /readRange gave none of the 8 bytes/,
    ],
  ])('refuses %s', async (_, file, message) => {
    await expect(openSafetensors(file)).rejects.toThrow(message);
    await expect(openSafetensors(file)).rejects.toSatisfy(DiptychError.isInstance);
  });
});

describe('openShardedSafetensors', () => {
  const { a, ...rest } = tensors;
  const files: Record<string, Uint8Array> = {
    'one.safetensors': writeSafetensors({ a }),
    'two.safetensors': writeSafetensors(rest),
  };
  const map = {
    a: 'one.safetensors',
    ...Object.fromEntries(Object.keys(rest).map((name) => [name, 'two.safetensors'])),
  };
  const index = JSON.stringify({ metadata: { total_size: 4019 }, weight_map: map });

  it('opens the files of the tensors that are asked for, once', async () => {
    const opened: string[] = [];
    const weights = openShardedSafetensors(index, async (name) => (opened.push(name), inMemory(files[name])));
    expect(weights.names).toEqual(Object.keys(map));
    expect(opened).toEqual([]);
    expect(await weights.read(['c', 'b'])).toEqual({ b: tensors.b, c: tensors.c });
    expect(opened).toEqual(['two.safetensors']);
    expect(await weights.read()).toEqual(tensors);
    expect(opened).toEqual(['two.safetensors', 'one.safetensors']);
    await expect(weights.read(['x'])).rejects.toThrow(/names must be those of tensors in the index, got "x"/);
  });

  it('tries a file again that could not be opened', async () => {
    let failing = true;
    const weights = openShardedSafetensors(new TextEncoder().encode(index), async (name) => {
      if (failing) throw new Error('no line');
      return inMemory(files[name]);
    });
    await expect(weights.read(['a'])).rejects.toThrow('no line');
    failing = false;
    expect(await weights.read(['a'])).toEqual({ a });
  });

  it('says which tensor a file lacks', async () => {
    const weights = openShardedSafetensors(index, async () => inMemory(files['one.safetensors']));
    await expect(weights.read(['b'])).rejects.toThrow(/two.safetensors lacks \["b"\], which the index says it holds/);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['no JSON', '{"weight_map"', /the index is not JSON/],
    ['no UTF-8', Uint8Array.of(0xff), /the index is not text in UTF-8/],
    ['null', 'null', /an object with a weight_map/],
    ['no map', '{"weight_map":[]}', /an object with a weight_map/],
    ['a name twice', '{"weight_map":{"a":"x","a":"y"}}', /the index gives a name twice/],
    [
      'a path',
      '{"weight_map":{"a":"../../etc/passwd"}}',
      /"a" is in "..\/..\/etc\/passwd", which is not a plain file name/,
    ],
    ['a URL', '{"weight_map":{"a":"https://x"}}', /not a plain file name/],
    ['a hidden file', '{"weight_map":{"a":".netrc"}}', /not a plain file name/],
    ['a number', '{"weight_map":{"a":3}}', /not a plain file name/],
  ])('refuses an index with %s', (_, text, message) => {
    const open = () => Promise.reject(new Error('opened'));
    expect(() => openShardedSafetensors(text, open)).toThrow(message);
    expect(() => openShardedSafetensors(text, open)).toThrow(expect.objectContaining({ name: 'FormatError' }));
  });
});

describe('urlFile', () => {
  /** How the server treats a range that was asked for. */
  let answer: (start: number, end: number, request: IncomingMessage, response: ServerResponse) => void;
  const honest: typeof answer = (start, end, _, response) => {
    response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` });
    response.end(bytes.subarray(start, end));
  };
  const server = createServer((request, response) => {
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    answer(Number(first), Number(last) + 1, request, response);
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`;
  });
  afterAll(() => void server.close());

  it('reads single tensors of a file behind a URL, with the headers given', async () => {
    let sent = 0;
    answer = (start, end, request, response) => {
      if (request.headers.authorization !== 'Bearer x') return response.writeHead(403).end();
      sent += end - start;
      honest(start, end, request, response);
    };
    await expect(urlFile(url)).rejects.toThrow(/range requests, but answered 403 Forbidden/);
    const file = await openSafetensors(await urlFile(url, { headers: { authorization: 'Bearer x' } }));
    expect(await file.read(['b', 'empty'])).toEqual({ b: tensors.b, empty: tensors.empty });
    expect(sent).toBeLessThan(bytes.length - 3000);
  });

  const cases: [string, typeof answer, RegExp][] = [
    [
      'a server without ranges',
      (_s, _e, _r, response) => void response.writeHead(200).end(bytes),
      /range requests, but answered 200 OK, no content-range/,
    ],
    ['a missing file', (_s, _e, _r, response) => void response.writeHead(404).end(), /answered 404 Not Found/],
    [
      'another range',
      (_s, _e, _r, response) => void response.writeHead(206, { 'content-range': 'bytes 5-5/100' }).end('x'),
      /answered 206 .*5-5/,
    ],
    [
      'an unknown size',
      (_s, _e, _r, response) => void response.writeHead(206, { 'content-range': 'bytes 0-0/*' }).end('x'),
      /range requests/,
    ],
    [
      'more bytes than said',
      (_s, _e, _r, response) =>
        void response.writeHead(206, { 'content-range': 'bytes 0-0/100' }).end(new Uint8Array(1e6)),
      /sent more than the 1 bytes/,
    ],
    [
      'fewer bytes than said',
      (_s, _e, _r, response) => void response.writeHead(206, { 'content-range': 'bytes 0-0/100' }).end(),
      /sent 0 of the 1 bytes/,
    ],
  ];
  it.each(cases)('refuses %s', async (_, wrong, message) => {
    answer = wrong;
    await expect(urlFile(url)).rejects.toThrow(message);
    await expect(urlFile(url)).rejects.toSatisfy(DiptychError.isInstance);
  });

  it('refuses a file that changes its size, and one that cannot be reached', async () => {
    answer = honest;
    const file = await urlFile(url);
    answer = (start, end, _, response) =>
      void response
        .writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${bytes.length + 1}` })
        .end(bytes.subarray(start, end));
    await expect(file.readRange(0, 8)).rejects.toThrow(/had \d+ bytes and now has \d+/);
    await expect(urlFile('http://127.0.0.1:1/x')).rejects.toThrow(/cannot be fetched/);
  });

  it('ends with the signal, and can be given its own fetch', async () => {
    const control = new AbortController();
    control.abort(new Error('enough'));
    answer = honest;
    await expect(urlFile(url, { signal: control.signal })).rejects.toThrow('enough');
    const asked: string[] = [];
    const own: typeof fetch = (to, init) => (asked.push(String(to)), fetch(url, init));
    expect((await urlFile('weights:/x', { fetch: own })).size).toBe(bytes.length);
    expect(asked).toEqual(['weights:/x']);
  });
});
