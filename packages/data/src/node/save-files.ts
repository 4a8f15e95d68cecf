import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encodePng } from '../images/encode-png.ts';
import type { Raster } from '../images/raster.ts';

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

/**
 * Writes a picture as a PNG file, whole or not at all; folders on the way are made.
 *
 * @throws DiptychError if the raster is not sound (see `encodePng`); the errors of the file system as they are.
 * @example
 * await savePng('runs/samples.png', contactSheet(samples));
 */
export async function savePng(path: string, raster: Raster): Promise<void> {
  await saveBytes(path, encodePng(raster));
}
