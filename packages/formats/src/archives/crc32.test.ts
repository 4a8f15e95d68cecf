import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';

describe('crc32', () => {
  it('gives the check value of the algorithm, also for texts that are not whole blocks of eight', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
    // zlib.crc32(bytes(range(31))) of Python.
    expect(crc32(Uint8Array.from({ length: 31 }, (_, i) => i))).toBe(0x4d786d77);
  });
});
