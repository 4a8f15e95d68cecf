import { open } from 'node:fs/promises';
import { checkRule, fail, rules } from '../errors/index.ts';
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
  checkRule('fileRange', 'path', rules.text, path);
  const handle = await open(path, 'r').catch((error: Error) => {
    fail('fileRange', `the file cannot be read (${error.message})`, { cause: error });
  });
  const about = await handle.stat();
  if (!about.isFile()) await handle.close();
  if (!about.isFile()) fail('fileRange', `${path} is not a file`);
  const readRange = async (start: number, end: number) => {
    const bytes = new Uint8Array(end - start);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) fail('fileRange', `${path} ends at byte ${start + at}, before byte ${end}`);
      at += bytesRead;
    }
    return bytes;
  };
  return { size: about.size, readRange, close: () => handle.close() };
}
