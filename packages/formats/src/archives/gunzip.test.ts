import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzip } from './gunzip.ts';

describe('gunzip', () => {
  const packed = gzipSync(Buffer.alloc(5000, 7));

  it('unpacks', async () => {
    expect(await gunzip(packed)).toEqual(new Uint8Array(5000).fill(7));
  });

  it('refuses what is cut, what is no gzip, and what grows beyond the limit', async () => {
    await expect(gunzip(packed.subarray(0, 20), { name: 'cut.gz' })).rejects.toThrow(/cut.gz is not a whole gzip file/);
    await expect(gunzip(new Uint8Array([1, 2, 3]))).rejects.toThrow(/whole gzip file/);
    await expect(gunzip(gzipSync(Buffer.alloc(1e6)), { maxBytes: 1000, name: 'bomb' })).rejects.toThrow(
      /bomb unpacks to more than 1000 bytes/,
    );
  });
});
