import { checkRule, rules } from '@diptych/formats/errors';
import { replaceFile } from '@diptych/formats/node';
import { encodePng } from '../images/encode-png.ts';
import type { Raster } from '../images/raster.ts';

const contentRule = {
  words: 'a Uint8Array or a string',
  holds: (value: unknown) => value instanceof Uint8Array || typeof value === 'string',
};

/**
 * Writes a file so that its name never stands for half of it: into a neighbour first, forced to the disk, renamed when complete.
 * Folders on the way are made. Of several calls for one name the last wins; what killed processes left beside is removed.
 *
 * @example
 * await saveBytes('runs/quickstart/report.html', html);
 */
export async function saveBytes(path: string, content: Uint8Array | string): Promise<void> {
  checkRule('saveBytes', 'path', rules.text, path);
  checkRule('saveBytes', 'content', contentRule, content);
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
  checkRule('savePng', 'path', rules.text, path);
  await saveBytes(path, encodePng(raster));
}
