import { checkOptions, describeValue, fail, FormatError, rules } from '@diptych/formats/errors';
import { checkLabels, numberedClasses } from '../dataset/check-labels.ts';
import { classesRule } from '../dataset/dataset.ts';
import { imageFileRules, imageFiles, isHidden } from './image-files.ts';
import type { ImageFileDataset, ImageFileOptions } from './image-files.ts';
import { parseJson, unzip } from '@diptych/formats';
import type { UnzipOptions } from '@diptych/formats';

/** How an archive of images is read. */
export interface ZipDatasetOptions extends ImageFileOptions, Omit<UnzipOptions, 'name'> {
  /** Names of the classes. Default: the numbers 0 .. largest label, if there are labels; needed if these are more than the images. */
  classes?: readonly string[];
}

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
export async function zipDataset(bytes: Uint8Array, options: ZipDatasetOptions = {}): Promise<ImageFileDataset> {
  const where = 'zipDataset';
  const known = { ...imageFileRules, maxBytes: rules.number, classes: classesRule };
  const { name = 'zip', maxBytes, classes, ...images } = checkOptions(where, options, known);
  const contents = unzip(bytes, { name, maxBytes });
  const inside = [...contents.keys()].filter((file) => file !== 'dataset.json' && !isHidden(file)).sort();
  if (inside.length === 0) fail(where, `${name} holds no images, but ${describeValue([...contents.keys()])}`);
  const labels = labelsOf(contents.get('dataset.json'), inside, name, classes);
  // What messages name says which archive it is in; the ending stays last, for the decoder is found by it.
  const within = new Map(inside.map((file) => [`${name}/${file}`, contents.get(file)!]));
  const source = { where, files: [...within.keys()], read: (file: string) => within.get(file)!, ...labels };
  return imageFiles(source, { ...images, name });
}

function labelsOf(
  json: Uint8Array | undefined,
  images: readonly string[],
  name: string,
  named: readonly string[] | undefined,
) {
  if (!json) return undefined;
  const where = 'zipDataset';
  const refuse = (sentence: string): never => {
    throw new FormatError(where, `dataset.json in ${name} ${sentence}`);
  };
  const found = parseJson(json, { where, name: `dataset.json in ${name}` });
  const labels = (found as { labels?: unknown } | null)?.labels;
  if (labels === null || labels === undefined) return undefined;
  if (!Array.isArray(labels)) return refuse(`has labels that are no list of [file, class]: ${describeValue(labels)}`);
  // Others are passed over: long ones of one length would all have one hash.
  const there = new Set(images);
  const byName = new Map<string, unknown>();
  for (const pair of labels as unknown[]) {
    const sound = Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string';
    if (!sound) return refuse(`has the label ${describeValue(pair)}, which is no [file, class]`);
    if (there.has(pair[0] as string)) byName.set(pair[0] as string, pair[1]);
  }
  const label = images.map((image) => {
    if (!byName.has(image)) refuse(`has no label of ${describeValue(image)}`);
    return byName.get(image) as number;
  });
  const nameOf = (i: number) => `${images[i]} in ${name}`;
  if (named) checkLabels(where, label, { length: images.length, classes: named.length, nameOf });
  const classes = named ?? numberedClasses(where, label, nameOf);
  return { label: Int32Array.from(label), classes };
}
