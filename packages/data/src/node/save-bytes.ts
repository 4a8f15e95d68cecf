import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that its name never stands for half of it: into a neighbour first, renamed when complete. Folders on
 * the way are made.
 *
 * @example
 * await saveBytes('runs/quickstart/report.html', html);
 */
export async function saveBytes(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
