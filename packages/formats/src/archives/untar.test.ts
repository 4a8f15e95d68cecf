import { describe, expect, it } from 'vitest';
import { untar } from './untar.ts';

describe('untar', () => {
  function entry(name: string, content: number[], kind = '0', prefix = ''): number[] {
    const header = new Uint8Array(512);
    const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
    put(0, name);
    put(124, `${content.length.toString(8).padStart(11, '0')}\0`);
    put(156, kind);
    put(257, 'ustar\0');
    put(345, prefix);
    put(148, '        ');
    put(
      148,
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
    );
    return [...header, ...content, ...new Array<number>((512 - (content.length % 512)) % 512).fill(0)];
  }
  const end = new Array<number>(1024).fill(0);

  it('finds the files, with the prefix of long names, and leaves folders out', () => {
    const archive = Uint8Array.from([
      ...entry('folder/', [], '5'),
      ...entry('a.bin', [1, 2, 3]),
      ...entry('b', [], '0', 'long/way'),
      ...end,
    ]);
    const files = untar(archive);
    expect([...files.keys()]).toEqual(['a.bin', 'long/way/b']);
    expect(files.get('a.bin')).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('refuses a damaged header and an archive that ends inside a file', () => {
    const archive = Uint8Array.from([...entry('a.bin', [1, 2, 3]), ...end]);
    const damaged = archive.slice();
    damaged[1] ^= 1;
    expect(() => untar(damaged, { name: 'x.tar' })).toThrow(
      /x.tar must be a sound tar archive, got "a wrong checksum at 0"/,
    );
    expect(() => untar(archive.subarray(0, 513))).toThrow(/an end inside a.bin/);
    expect(() => untar(archive.subarray(0, 100))).toThrow(/inside the header/);
    const leaving = Uint8Array.from([...entry('../a.bin', [1]), ...end]);
    expect(() => untar(leaving, { name: 'x.tar' })).toThrow(/a name in x.tar must be a path inside the archive/);
  });
});
