import { check } from '@diptych/formats/errors';
import { imageFiles, isHidden } from './image-files.ts';
import type { ImageFileDataset, ImageFileOptions } from './image-files.ts';
import { unzip } from '@diptych/formats';
import type { UnzipOptions } from '@diptych/formats';

/** How an archive of images is read. */
export interface ZipDatasetOptions extends ImageFileOptions, Omit<UnzipOptions, 'name'> {}

/**
 * A zip archive of images of one size, in the layout of EDM and StyleGAN: images in any folders, in the order of their
 * names, and a `dataset.json` with `{"labels": [["00000/img00000000.png", 6], ...]}` (or `"labels": null`).
 *
 * **Units** uint8. **Memory** the images as they are in the archive; they are decoded when a batch asks for them.
 *
 * @throws DiptychError if there is no image, the labels do not name every image, or later, naming the file, if an image is of
 * another size or damaged (but see `skipBad`).
 * @see NVlabs/edm, dataset_tool.py
 * @example
 * const train = await zipDataset(await readFile('cifar10-32x32.zip'), { name: 'cifar10' });
 */
export async function zipDataset(
  bytes: Uint8Array,
  { name = 'zip', maxBytes, ...images }: ZipDatasetOptions = {},
): Promise<ImageFileDataset> {
  const where = 'zipDataset';
  const contents = unzip(bytes, { name, maxBytes });
  const inside = [...contents.keys()].filter((file) => file !== 'dataset.json' && !isHidden(file)).sort();
  check(inside.length > 0, where, name, 'an archive with images', [...contents.keys()]);
  const labels = labelsOf(contents.get('dataset.json'), inside, name);
  // What messages name says which archive it is in; the ending stays last, for the decoder is found by it.
  const within = new Map(inside.map((file) => [`${name}/${file}`, contents.get(file)!]));
  const source = { where, files: [...within.keys()], read: (file: string) => within.get(file)!, ...labels };
  return imageFiles(source, { ...images, name });
}

function labelsOf(json: Uint8Array | undefined, images: readonly string[], name: string) {
  if (!json) return undefined;
  const where = 'zipDataset';
  let labels: unknown;
  try {
    labels = (JSON.parse(new TextDecoder().decode(json)) as { labels?: unknown }).labels;
  } catch {
    check(false, where, `dataset.json in ${name}`, 'JSON', 'other text');
  }
  if (labels === null || labels === undefined) return undefined;
  check(Array.isArray(labels), where, `labels in ${name}`, 'a list of [file, class]', labels);
  const byName = new Map(labels as [string, number][]);
  const label = Int32Array.from(images, (image) => {
    const label = byName.get(image);
    const sound = Number.isInteger(label) && label! >= 0;
    check(sound, where, `label of ${image} in ${name}`, 'an integer >= 0', label);
    return label!;
  });
  const largest = label.reduce((a, b) => Math.max(a, b), 0);
  return { label, classes: Array.from({ length: largest + 1 }, (_, k) => String(k)) };
}
