import { replaceFile } from '@diptych/formats/node';
import { encodePng } from '../images/encode-png.ts';
import type { Raster } from '../images/raster.ts';

/**
 * Writes a file so that its name never stands for half of it: into a neighbour first, forced to the disk, renamed when complete.
 * Folders on the way are made. Of several calls for one name the last wins; what killed processes left beside is removed.
 *
 * @example
 * await saveBytes('runs/quickstart/report.html', html);
 */
export async function saveBytes(path: string, content: Uint8Array | string): Promise<void> {
  await replaceFile(path, content);
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
