import { gunzip } from '@diptych/formats';
import { mnistDataset } from '../../datasets/mnist-dataset.ts';
import { cached } from './cache-folder.ts';
import type { CachedOptions } from './cache-folder.ts';
import type { TrainAndTest } from './download-cifar.ts';
import { mnistFiles } from './known-files.ts';
import type { KnownFile, MnistFiles } from './known-files.ts';

/** Which set of MNIST's format. */
export interface DownloadMnistOptions extends CachedOptions {
  /** Default `mnistFiles`; `fashionMnistFiles` is known too. */
  files?: MnistFiles;
  /** Names of the classes. Default: the digits 0 to 9. */
  classes?: readonly string[];
  /** What reports call it. Default `mnist`. */
  name?: string;
}

/**
 * MNIST (60,000 training and 10,000 test images, ten digits) or a set in its format, from four files of 12 MB together, which
 * are downloaded once, checked and kept.
 *
 * **Shapes** images [28, 28, 1]. **Units** uint8.
 *
 * @throws DiptychError if a file cannot be had (see `download`).
 * @see http://yann.lecun.com/exdb/mnist/
 * @example
 * const { train, test } = await downloadMnist();
 * const fashion = await downloadMnist({ files: fashionMnistFiles, name: 'fashion' });
 */
export async function downloadMnist(options: DownloadMnistOptions = {}): Promise<TrainAndTest> {
  const { files = mnistFiles, classes, name = 'mnist', signal, onProgress, retries, retryDelay, folder } = options;
  const unpacked = async (file: KnownFile) =>
    gunzip(await cached(file, { signal, onProgress, retries, retryDelay, folder }), { name: file.name });
  const part = async (images: KnownFile, labels: KnownFile, part: string) =>
    mnistDataset({ images: await unpacked(images), labels: await unpacked(labels), classes, name: `${name} ${part}` });
  return {
    train: await part(files.trainImages, files.trainLabels, 'train'),
    test: await part(files.testImages, files.testLabels, 'test'),
  };
}
