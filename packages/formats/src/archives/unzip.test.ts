import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { unzip } from './unzip.ts';

describe('unzip', () => {
  it('refuses other bytes, a cut archive, wrong checksums, paths that lead out, and what grows beyond the limit', () => {
    const archive = zipSync({ 'a/b': new Uint8Array(5000), 'c/': new Uint8Array(0) });
    expect([...unzip(archive).keys()]).toEqual(['a/b']);
    expect(() => unzip(new Uint8Array(50), { name: 'x.zip' })).toThrow(/x.zip must be a whole zip archive/);
    expect(() => unzip(archive.subarray(0, archive.length - 30))).toThrow(/whole zip archive/);
    for (const name of ['../a', 'a/../../b', '/etc/passwd', 'c:/a', '..\\a']) {
      const text = JSON.stringify(name).replaceAll('\\', '\\\\');
      const message = new RegExp(`a name in x.zip must be a path inside the archive, got ${text}`);
      expect(() => unzip(zipSync({ [name]: new Uint8Array(1) }), { name: 'x.zip' })).toThrow(message);
    }
    const damaged = zipSync({ a: new Uint8Array(50).fill(7) }, { level: 0 });
    damaged[damaged.indexOf(7, 31)] = 8;
    expect(() => unzip(damaged, { name: 'x.zip' })).toThrow(/a in x.zip must be what its checksum says/);
    expect(() => unzip(archive, { maxBytes: 4999, name: 'bomb.zip' })).toThrow(/bomb.zip must be at most 4999 bytes/);
  });
});
