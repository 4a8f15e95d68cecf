import { open } from 'node:fs/promises';
import { check, DiptychError } from '../errors/index.ts';
import type { RangedFile } from '../index.ts';

/** A file on a disk, open until `close`. */
export interface FileRange extends RangedFile {
  close(): Promise<void>;
}

/**
 * A file on a disk as `openSafetensors` wants it: only the ranges that are asked for are read.
 *
 * @throws DiptychError if the file cannot be opened, or ends before a range that is read
 * @example
 * const file = await fileRange('model.safetensors');
 * const { 'mid.norm1.gamma': gamma } = await (await openSafetensors(file)).read(['mid.norm1.gamma']);
 * await file.close();
 */
export async function fileRange(path: string): Promise<FileRange> {
  const handle = await open(path, 'r').catch((error: Error) => {
    const rule = 'a file that can be read';
    throw new DiptychError({ where: 'fileRange', parameter: 'path', rule, value: error.message }, { cause: error });
  });
  const about = await handle.stat();
  if (!about.isFile()) await handle.close();
  check(about.isFile(), 'fileRange', 'path', 'a file', path);
  const readRange = async (start: number, end: number) => {
    const bytes = new Uint8Array(end - start);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
      check(bytesRead > 0, 'fileRange', 'file', `${end} bytes long at least`, start + at);
      at += bytesRead;
    }
    return bytes;
  };
  return { size: about.size, readRange, close: () => handle.close() };
}
