import { encodePng } from '../raster/encode-png.ts';
import type { Raster } from '../raster/raster.ts';
import { saveBytes } from './save-bytes.ts';

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
