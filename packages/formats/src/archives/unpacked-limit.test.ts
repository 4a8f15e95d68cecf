import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzip } from './gunzip.ts';
import { inflateExactly } from './inflate-exactly.ts';
import { unpackedLimit } from './unpacked-limit.ts';

describe('unpackedLimit', () => {
  it('is 128 MiB and 64 times the size of the file, and never more than 2 GiB', () => {
    expect(unpackedLimit(0)).toBe(2 ** 27);
    expect(unpackedLimit(2 ** 20)).toBe(2 ** 27 + 2 ** 26);
    expect(unpackedLimit(2 ** 40)).toBe(2 ** 31);
  });

  it('bounds gunzip unless maxBytes says otherwise', async () => {
    const zeros = new Uint8Array(gzipSync(new Uint8Array(2 ** 27 + 2 ** 24)));
    await expect(gunzip(zeros, { name: 'z.gz' })).rejects.toThrow(/z\.gz unpacks to more than \d+ bytes \(maxBytes\)/);
    expect((await gunzip(zeros, { maxBytes: 2 ** 28 })).length).toBe(2 ** 27 + 2 ** 24);
  });
});

describe('inflateExactly', () => {
  // Below and above the size that is inflated at once, and of stored blocks.
  const random = Uint8Array.from({ length: 50_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
  it.each([new Uint8Array(0), random.slice(0, 100), random, new Uint8Array(3e6)])('gives the bytes, %#', (contents) => {
    const packed = new Uint8Array(deflateRawSync(contents));
    const inflated = inflateExactly(packed, contents.length)!;
    expect(Buffer.compare(inflated, contents)).toBe(0);
    expect(inflated.buffer.byteLength).toBe(contents.length);
    expect(inflateExactly(packed, contents.length + 1)).toBeUndefined();
    if (contents.length > 0) expect(inflateExactly(packed, contents.length - 1)).toBeUndefined();
  });
});
