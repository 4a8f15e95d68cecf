import { checkOptions, checkRule, describeValue, fail } from '@diptych/formats/errors';
import { imageFileRules, imageFiles, isHidden } from '../datasets/image-files.ts';
import type { ImageFileDataset, ImageFileOptions } from '../datasets/image-files.ts';

/**
 * A folder of images that a page was given (`showDirectoryPicker()`) or keeps (OPFS), as a data set: `<class>/<image>`, classes
 * and images in the order of their names, or images directly in the folder, without labels. What `imageFolder` is in Node: the
 * same files give the same batches.
 *
 * **Units** uint8; alpha is dropped, as Pillow's `convert('RGB')` does it; grey stays grey unless `channels` is 3 or the first
 * image is RGB. **Memory** nothing is kept but the names.
 *
 * @throws DiptychError if the folder cannot be read, there is no image or a class folder has none; later, naming the file, if
 * one has another size or number of channels or cannot be decoded (but see `skipBad`).
 * @see https://fs.spec.whatwg.org/
 * @example
 * const data = await directoryDataset(await showDirectoryPicker(), { fit: centerCropResize(64) });
 */
export async function directoryDataset(
  folder: FileSystemDirectoryHandle,
  options: ImageFileOptions = {},
): Promise<ImageFileDataset> {
  const where = 'directoryDataset';
  checkRule(where, 'folder', folderRule, folder);
  checkOptions(where, options, imageFileRules);
  const entries = await visible(folder);
  const folders = entries.filter((entry) => entry.kind === 'directory') as FileSystemDirectoryHandle[];
  const loose = entries.filter((entry) => entry.kind === 'file') as FileSystemFileHandle[];
  const { name = folder.name || where } = options;
  const both = loose.map((file) => file.name);
  if (folders.length > 0 && loose.length > 0) {
    fail(where, `${name} holds class folders and images beside them: ${describeValue(both)}`);
  }

  const handles = new Map<string, FileSystemFileHandle>(loose.map((file) => [file.name, file]));
  const label: number[] = [];
  for (const [k, of] of folders.entries()) {
    const images = (await visible(of)) as FileSystemFileHandle[];
    if (images.length === 0) fail(where, `${of.name} holds no images`);
    for (const image of images) {
      handles.set(`${of.name}/${image.name}`, image);
      label.push(k);
    }
  }
  if (handles.size === 0) fail(where, `${name} holds no images`);
  const read = async (file: string) => new Uint8Array(await (await handles.get(file)!.getFile()).arrayBuffer());
  const labels = folders.length > 0 && { label, classes: folders.map((of) => of.name) };
  return imageFiles({ where, files: [...handles.keys()], read, ...labels }, { ...options, name });
}

const folderRule = {
  words: 'a folder, such as showDirectoryPicker() gives',
  holds: (value: unknown) => typeof (value as Partial<FileSystemDirectoryHandle> | null)?.values === 'function',
};

async function visible(folder: FileSystemDirectoryHandle) {
  const entries: FileSystemHandle[] = [];
  try {
    for await (const entry of folder.values()) if (!isHidden(entry.name)) entries.push(entry);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : String(cause);
    fail('directoryDataset', `the folder ${folder.name} cannot be read (${reason})`, { cause });
  }
  // By code units, not by locale: the order must be the same everywhere.
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
