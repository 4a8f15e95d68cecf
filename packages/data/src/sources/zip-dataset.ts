import type { Batch } from '@diptych/core';
import { check } from '@diptych/ops';
import { checkPositions } from '../dataset/check-positions.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { decodePng } from '../raster/decode-png.ts';
import { unzip } from './unzip.ts';
import type { UnzipOptions } from './unzip.ts';

/**
 * A zip archive of PNG images of one size, in the layout of EDM and StyleGAN: images in any folders, in the order of their
 * names, and a `dataset.json` with `{"labels": [["00000/img00000000.png", 6], ...]}` (or `"labels": null`).
 *
 * **Units** uint8. **Memory** the images as they are in the archive; they are decoded when a batch asks for them.
 *
 * @throws DiptychError if there is no image, the labels do not name every image, or later, naming the file, if an image is of
 * another size or damaged.
 * @see NVlabs/edm, dataset_tool.py
 * @example
 * const train = zipDataset(await readFile('cifar10-32x32.zip'), { name: 'cifar10' });
 */
export function zipDataset(bytes: Uint8Array, options: UnzipOptions = {}): Dataset {
  const where = 'zipDataset';
  const { name = 'zip' } = options;
  const files = unzip(bytes, { ...options, name });
  const images = [...files.keys()].filter((file) => file.toLowerCase().endsWith('.png')).sort();
  check(images.length > 0, where, name, 'an archive with PNG images', [...files.keys()]);
  const label = labelsOf(files.get('dataset.json'), images, name);
  const classes = label && Array.from({ length: label.reduce((a, b) => Math.max(a, b), 0) + 1 }, (_, k) => String(k));

  const read = (file: string) => {
    const raster = decodePng(files.get(file)!, { name: `${file} in ${name}` });
    const grey = raster.channels === 1 || raster.channels === 3;
    check(grey, where, `${file} in ${name}`, 'grey or RGB, without alpha', `${raster.channels} channels`);
    return raster;
  };
  const first = read(images[0]);
  const shape = [first.height, first.width, first.channels] as const;
  const size = first.data.length;

  return {
    name,
    length: images.length,
    shape,
    ...(classes && { classes }),
    batch(indices): Batch {
      checkPositions(indices, images.length, `${name}.batch`);
      const x = new Uint8Array(indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        const { data, height, width, channels } = read(images[indices[i]]);
        const found = [height, width, channels];
        const same = found.every((n, axis) => n === shape[axis]);
        check(same, where, `${images[indices[i]]} in ${name}`, `of shape [${shape}]`, found);
        x.set(data, i * size);
      }
      const index = Int32Array.from(indices);
      return { x, shape: [indices.length, ...shape], index, ...(label && { label: index.map((i) => label[i]) }) };
    },
  };
}

function labelsOf(json: Uint8Array | undefined, images: readonly string[], name: string): Int32Array | undefined {
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
  return Int32Array.from(images, (image) => {
    const label = byName.get(image);
    const sound = Number.isInteger(label) && label! >= 0;
    check(sound, where, `label of ${image} in ${name}`, 'an integer from 0', label);
    return label!;
  });
}
