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
      /x.tar is not a tar archive, or it is damaged: the checksum at byte 0 is wrong/,
    );
    expect(() => untar(archive.subarray(0, 513))).toThrow(/ends inside "a.bin"/);
    expect(() => untar(archive.subarray(0, 100))).toThrow(/ends inside the header at byte 0/);
    const leaving = Uint8Array.from([...entry('../a.bin', [1]), ...end]);
    expect(() => untar(leaving, { name: 'x.tar' })).toThrow(
      /x.tar holds the name "..\/a.bin", which leads out of the archive/,
    );
  });

  it('refuses two files of one name, however they are written', () => {
    for (const [a, b] of [
      ['a', 'a'],
      ['./a', 'a'],
      ['x/y', './x/y'],
    ]) {
      const archive = Uint8Array.from([...entry(a, [1]), ...entry(b, [2]), ...end]);
      expect(() => untar(archive, { name: 't' })).toThrow(`untar: t holds "${b.replace('./', '')}" twice`);
    }
  });

  it('refuses types that it does not know, and files continued in another volume, by their letter', () => {
    for (const type of ['M', 'Z', '9']) {
      const archive = Uint8Array.from([...entry('a', [1], type), ...end]);
      expect(() => untar(archive)).toThrow(`untar: tar holds "a" of type "${type}", which is not supported`);
    }
  });

  it('the size of a link or a folder is no contents', () => {
    const link = entry('l', [1, 2, 3], '1').slice(0, 512);
    expect([...untar(Uint8Array.from([...link, ...entry('a', [7]), ...end])).entries()]).toEqual([
      ['a', Uint8Array.of(7)],
    ]);
  });

  it('of global records it keeps path and size, and sparse files, however many others there are', () => {
    const pax = (text: string) => entry('PaxHeader', [...new TextEncoder().encode(text)], 'g');
    const others = Array.from({ length: 300 }, (_, i) => `12 k${i + 100}=abc\n`).join('');
    const of = (text: string) =>
      Uint8Array.from([...pax(others + text), ...entry('a', [1]), ...entry('b', [2, 3]), ...end]);
    expect([...untar(of('')).entries()]).toEqual([
      ['a', Uint8Array.of(1)],
      ['b', Uint8Array.of(2, 3)],
    ]);
    expect(() => untar(of('10 path=x\n'))).toThrow(/holds "x" twice/);
    expect(() => untar(of('22 GNU.sparse.major=1\n'))).toThrow(/holds "a" as a sparse file/);
  });

  it('refuses extended headers that are cut, without a file, or with a size that is none', () => {
    const pax = (text: string) => entry('PaxHeader', [...new TextEncoder().encode(text)], 'x');
    const record = (key: string, value: string) =>
      `${key.length + value.length + 5} ${key}=${value}\n`.replace(/^(\d) /, (_, n: string) => `${Number(n) - 1} `);
    const of = (text: string) => Uint8Array.from([...pax(text), ...entry('a', [1]), ...end]);
    expect([...untar(of(record('path', 'other.txt'))).keys()]).toEqual(['other.txt']);
    expect(() => untar(of('99 path=x\n'))).toThrow(/a record of the extended header at byte 0 is cut/);
    expect(() => untar(of('no record'))).toThrow(/is cut/);
    expect(() => untar(of(record('path', '../outside')))).toThrow(/leads out of the archive/);
    expect(() => untar(of(record('size', '-1000000')))).toThrow(/gives "a" the size "-1000000"/);
    expect(() => untar(of(record('size', '999999999')))).toThrow(/ends inside "a"/);
    expect(() => untar(Uint8Array.from([...pax(record('path', 'other.txt')), ...end]))).toThrow(
      /a file that is missing/,
    );
  });
});
