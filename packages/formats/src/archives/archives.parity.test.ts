import { describe, expect, it } from 'vitest';
import { gunzipped, pythonFiles } from '@diptych/test-utils/formats';
import { openZip } from './open-zip.ts';
import { untar } from './untar.ts';
import { unzip } from './unzip.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const { tar, zip } = pythonFiles();

describe("untar, on archives of Python's tarfile and GNU tar", () => {
  it.each(Object.entries(tar).filter(([, { files }]) => files))('reads %s', (_, { bytes, files }) => {
    expect([...untar(gunzipped(bytes))].map(([name, contents]) => [name, text(contents)])).toEqual(files);
  });

  it.each(['sparse gnu', 'sparse posix'])('refuses %s', (name) => {
    expect(() => untar(gunzipped(tar[name].bytes))).toThrow(/tar holds ".*hole" as a sparse file/);
  });

  it('reads or refuses what is cut anywhere, and what is damaged anywhere', () => {
    for (const name of ['pax', 'gnu', 'ustar']) {
      const whole = gunzipped(tar[name].bytes);
      for (let length = 1; length < 14_000; length += 211) {
        try {
          for (const contents of untar(whole.subarray(0, length)).values()) expect(contents.length).toBeLessThan(10);
        } catch (error) {
          expect(error).toMatchObject({ name: 'FormatError' });
        }
      }
    }
  });
});

describe("unzip and openZip, on archives of Python's zipfile", () => {
  const inMemory = (data: Uint8Array) => ({
    size: data.length,
    readRange: async (start: number, end: number) => data.slice(start, end),
  });

  it.each(Object.entries(zip).filter(([, { files }]) => files))(
    'read %s, in its order',
    async (_, { bytes, files }) => {
      const data = gunzipped(bytes);
      expect([...unzip(data)].map(([name, contents]) => [name, text(contents)])).toEqual(files);
      const archive = await openZip(inMemory(data));
      expect(archive.names).toEqual(files!.map(([name]) => name));
      for (const [name, contents] of files!) expect(text(await archive.read(name))).toBe(contents);
      await expect(archive.read('none')).rejects.toThrow(/name must be the name of a file in zip, got "none"/);
    },
  );

  it.each([
    ['bzip2', 12],
    ['lzma', 14],
  ])('list an archive of %s, and refuse its contents by their method', async (name, method) => {
    const data = gunzipped(zip[name].bytes);
    const message = new RegExp(`"a" in zip is compressed by method ${method}; only stored and deflated are read`);
    expect(() => unzip(data)).toThrow(message);
    const archive = await openZip(inMemory(data));
    expect(archive.names).toEqual(['a']);
    await expect(archive.read('a')).rejects.toThrow(message);
  });

  it('openZip reads the directory and what is asked for, nothing else', async () => {
    const data = new Uint8Array(2e6);
    const small = gunzipped(zip['streamed, with a comment'].bytes);
    data.set(small, 2e6 - small.length);
    let read = 0;
    const file = { size: data.length, readRange: async (a: number, b: number) => ((read += b - a), data.slice(a, b)) };
    const archive = await openZip(file);
    expect(text(await archive.read('more'))).toBe('y');
    expect(read).toBeLessThan(80_000);
  });
});
