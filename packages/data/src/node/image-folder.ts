import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions, checkRule, describeValue, fail, rules } from '@diptych/formats/errors';
import { imageFileRules, imageFiles, isHidden } from '../datasets/image-files.ts';
import type { ImageFileDataset, ImageFileOptions } from '../datasets/image-files.ts';

/** What a folder of images is read as. */
export type ImageFolderOptions = ImageFileOptions;

/**
 * A folder of images as a data set: `<folder>/<class>/<image>`, classes and images in the order of their names, or images
 * directly in the folder, without labels. Files are read and decoded when a batch asks for them; the first image decides the
 * size of all.
 *
 * **Units** uint8; alpha is dropped, as Pillow's `convert('RGB')` does it; grey stays grey unless `channels` is 3 or the first
 * image is RGB. **Memory** nothing is kept but the names.
 *
 * @throws DiptychError if the folder cannot be read, there is no image or a class folder has none; later, naming the file, if
 * one has another size or number of channels or cannot be decoded (but see `skipBad`). Other endings than those of the decoders
 * are an error too, unless `skipBad`: nothing is left out silently but what systems leave behind (`.DS_Store`, `__MACOSX`, `Thumbs.db`).
 * @example
 * const train = await imageFolder('cifar/train'); // cifar/train/airplane/0000.jpg, ...
 * const photos = await imageFolder('photos', { fit: centerCropResize(64), skipBad: true });
 * photos.skipped; // [{ file: 'photos/0815.jpg', reason: … }]
 */
export async function imageFolder(folder: string, options: ImageFolderOptions = {}): Promise<ImageFileDataset> {
  const where = 'imageFolder';
  checkRule(where, 'folder', rules.text, folder);
  checkOptions(where, options, imageFileRules);
  const entries = await visible(folder);
  const classes = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const loose = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  if (classes.length > 0 && loose.length > 0) {
    fail(where, `${folder} holds class folders and images beside them: ${describeValue(loose)}`);
  }

  const files: string[] = loose.map((file) => join(folder, file));
  const label: number[] = [];
  for (const [k, of] of classes.entries()) {
    const images = await visible(join(folder, of));
    if (images.length === 0) fail(where, `${join(folder, of)} holds no images`);
    for (const image of images) {
      files.push(join(folder, of, image.name));
      label.push(k);
    }
  }
  if (files.length === 0) fail(where, `${folder} holds no images`);
  const labels = classes.length > 0 && { label, classes };
  return imageFiles({ where, files, read: (file) => readFile(file), ...labels }, { name: folder, ...options });
}

async function visible(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    return fail('imageFolder', `the folder ${folder} cannot be read (${cause.code})`, { cause });
  });
  // By code units, not by locale: the order must be the same everywhere.
  return entries.filter((entry) => !isHidden(entry.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
