import { Inflate, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { unzip } from './unzip.ts';

describe('unzip', () => {
  it('refuses other bytes, a cut archive, wrong checksums, paths that lead out, and what grows beyond the limit', () => {
    const archive = zipSync({ 'a/b': new Uint8Array(5000), 'c/': new Uint8Array(0) });
    expect([...unzip(archive).keys()]).toEqual(['a/b']);
    expect(() => unzip(new Uint8Array(50), { name: 'x.zip' })).toThrow(/x.zip is not a whole zip archive/);
    expect(() => unzip(archive.subarray(0, archive.length - 30))).toThrow(/not a whole zip archive/);
    for (const name of ['../a', 'a/../../b', '/etc/passwd', 'c:/a', '..\\a']) {
      const text = JSON.stringify(name).replaceAll('\\', '\\\\');
      const message = new RegExp(`x.zip holds the name ${text}, which leads out of the archive`);
      expect(() => unzip(zipSync({ [name]: new Uint8Array(1) }), { name: 'x.zip' })).toThrow(message);
    }
    const damaged = zipSync({ a: new Uint8Array(50).fill(7) }, { level: 0 });
    damaged[damaged.indexOf(7, 31)] = 8;
    expect(() => unzip(damaged, { name: 'x.zip' })).toThrow(
      /"a" in x.zip is damaged: its bytes are not what its checksum says/,
    );
    expect(() => unzip(archive, { maxBytes: 4999, name: 'bomb.zip' })).toThrow(
      /bomb.zip would unpack to more than 4999 bytes/,
    );
  });
});

describe('unzip, on archives made to harm', () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  /** The place of a field of the directory's entry `i`. */
  const field = (archive: Uint8Array, i: number, offset: number) => {
    let at = -1;
    for (let k = 0; k <= i; k++)
      at = archive.findIndex((_, j) => j > at && [80, 75, 1, 2].every((b, n) => archive[j + n] === b));
    return { view: new DataView(archive.buffer, archive.byteOffset), at: at + offset };
  };
  const two = (options = {}) => zipSync({ a: bytesOf('first'), b: bytesOf('other') }, options);

  it('names encryption as such', () => {
    const archive = two();
    const { view, at } = field(archive, 1, 8);
    view.setUint16(at, 1, true);
    expect(() => unzip(archive)).toThrow('unzip: "b" in zip is encrypted');
  });

  it('refuses equal names', () => {
    const archive = two();
    const { view, at } = field(archive, 1, 46);
    view.setUint8(at, 'a'.charCodeAt(0));
    expect(() => unzip(archive)).toThrow('unzip: zip holds "a" twice');
  });

  it('refuses a name in the directory that the entry itself does not bear', () => {
    const archive = two();
    const { view, at } = field(archive, 1, 46);
    view.setUint8(at, 'c'.charCodeAt(0));
    expect(() => unzip(archive)).toThrow('unzip: "c" in zip is called "b" by its own header');
  });

  it('refuses entries that overlap, from the same place or from within another', () => {
    const same = two();
    const { view, at } = field(same, 1, 42);
    view.setUint32(at, 0, true);
    expect(() => unzip(same)).toThrow(/in place of another entry/);
    const inner = zipSync({ y: bytesOf('inner') }, { level: 0 });
    const nested = zipSync({ x: inner, y: bytesOf('inner') }, { level: 0 });
    const entry = field(nested, 2, 42);
    entry.view.setUint32(entry.at, 31, true); // the header of the entry inside x
    expect(() => unzip(nested)).toThrow(/in place of another entry/);
  });

  it('inflates no further than an entry declares, and refuses more and fewer bytes', () => {
    const bomb = zipSync({ bomb: new Uint8Array(1.8e7) }, { level: 9 });
    const push = vi.spyOn(Inflate.prototype, 'push');
    for (const [declared, pieces] of [
      [10, 1],
      [1.8e7 - 1, 2],
      [1.8e7 + 1, 2],
      [4e9, 0],
    ]) {
      const { view, at } = field(bomb, 0, 24);
      view.setUint32(at, declared, true);
      push.mockClear();
      expect(() => unzip(bomb, { name: 'x.zip', maxBytes: 5e9 })).toThrow(
        `"bomb" in x.zip does not unpack to the ${declared} bytes`,
      );
      expect(push).toHaveBeenCalledTimes(pieces);
    }
    push.mockRestore();
  });

  it('refuses data that end early or are no deflate stream', () => {
    const archive = zipSync({ a: Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251) });
    archive.fill(0xff, 40, 60);
    expect(() => unzip(archive)).toThrow(/"a" in zip is damaged|does not unpack/);
  });

  it('refuses names longer than 4096 characters, empty ones, and control characters only in the message', () => {
    expect(() => unzip(zipSync({ ['n'.repeat(4097)]: bytesOf('') }))).toThrow(/longer than 4096 characters/);
    expect([...unzip(zipSync({ ['n'.repeat(4096)]: bytesOf('') })).keys()][0]).toHaveLength(4096);
    expect(() => unzip(zipSync({ '../\u001b[31m': bytesOf('') }))).toThrow(
      'the name "../\\u001b[31m", which leads out',
    );
  });
});
