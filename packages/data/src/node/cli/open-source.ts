import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { check, DiptychError } from '@diptych/formats/errors';
import type { Dataset } from '../../dataset/dataset.ts';
import { digits } from '../../datasets/digits.ts';
import { centerCropResize } from '../../images/center-crop-resize.ts';
import { cifar100Dataset, cifar10Dataset } from '../../datasets/cifar-dataset.ts';
import { npzDataset } from '../../datasets/npz-dataset.ts';
import { zipDataset } from '../../datasets/zip-dataset.ts';
import { downloadCifar100, downloadCifar10 } from '../download/download-cifar.ts';
import { downloadMnist } from '../download/download-mnist.ts';
import { imageFolder } from '../image-folder.ts';
import { latentDataset } from '../latents/latent-dataset.ts';

/** How a source is read. */
export interface SourceOptions {
  skipBad?: boolean;
  /** Height and width that images are made to have. */
  fit?: number;
}

const known: Record<string, () => Promise<{ train: Dataset; test: Dataset }>> = {
  cifar10: () => downloadCifar10(),
  cifar100: () => downloadCifar100(),
  mnist: () => downloadMnist(),
};

/** The data set that a word on the command line means: a known name, a folder or a file. */
export async function openSource(source: string, { skipBad, fit }: SourceOptions = {}): Promise<Dataset> {
  const where = 'diptych-data';
  const [set, part = 'train'] = source.split(':');
  if (source === 'digits') return digits();
  if (Object.hasOwn(known, set)) {
    check(part === 'train' || part === 'test', where, source, `${set}:train or ${set}:test`, part);
    return (await known[set]())[part];
  }
  const images = { name: basename(source), skipBad, ...(fit !== undefined && { fit: centerCropResize(fit) }) };
  const found = await stat(source).catch((cause: NodeJS.ErrnoException) => {
    const rule = `a folder, a file, digits, ${Object.keys(known).join(', ')}`;
    throw new DiptychError({ where, parameter: source, rule, value: cause.code }, { cause });
  });
  if (found.isDirectory()) {
    const isLatents = await stat(join(source, 'latents.json')).then(
      () => true,
      () => false,
    );
    return isLatents ? latentDataset(source) : imageFolder(source, images);
  }
  const bytes = await readFile(source);
  const { name } = images;
  if (/\.zip$/i.test(source)) return zipDataset(bytes, images);
  if (/\.npz$/i.test(source)) return npzDataset(bytes, { name });
  check(/\.bin$/i.test(source), where, source, 'a .zip, .npz or .bin file', name);
  return bytes.length % 3073 === 0 ? cifar10Dataset([bytes], { name }) : cifar100Dataset([bytes], { name });
}
