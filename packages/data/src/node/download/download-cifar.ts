import { basename } from 'node:path';
import { describeValue, FormatError } from '@diptych/formats/errors';
import type { Dataset } from '../../dataset/dataset.ts';
import { cifar100Dataset, cifar10Dataset } from '../../datasets/cifar-dataset.ts';
import { gunzip, untar } from '@diptych/formats';
import { cached } from './cache-folder.ts';
import type { CachedOptions } from './cache-folder.ts';
import { cifar100File, cifar10File } from './known-files.ts';
import type { KnownFile } from './known-files.ts';

/** Which archive. */
export interface DownloadCifarOptions extends CachedOptions {
  /** Another archive of the same layout: a mirror of yours. Default: the official one. */
  file?: KnownFile;
}

/** Training and test images. */
export interface TrainAndTest {
  train: Dataset;
  test: Dataset;
}

/**
 * CIFAR-10 (50,000 training and 10,000 test images, ten classes) from the official binary archive of 170 MB, which is
 * downloaded once, checked and kept.
 *
 * **Shapes** images [32, 32, 3]. **Units** uint8. **Memory** 184 MB for the images, twice that while they are unpacked.
 *
 * @throws DiptychError if the archive cannot be had (see `download`) or lacks a file.
 * @see Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html
 * @example
 * const { train, test } = await downloadCifar10({ onProgress: ({ received, total }) => report(received / total!) });
 */
export async function downloadCifar10(options: DownloadCifarOptions = {}): Promise<TrainAndTest> {
  const file = await archive('downloadCifar10', options.file ?? cifar10File, options);
  const train = [1, 2, 3, 4, 5].map((i) => file(`data_batch_${i}.bin`));
  return {
    train: cifar10Dataset(train, { name: 'cifar10 train' }),
    test: cifar10Dataset([file('test_batch.bin')], { name: 'cifar10 test' }),
  };
}

/**
 * CIFAR-100 (50,000 training and 10,000 test images, 100 classes in 20 groups) from the official binary archive of 169 MB,
 * which is downloaded once, checked and kept.
 *
 * **Shapes** images [32, 32, 3]. **Units** uint8. **Memory** 184 MB for the images, twice that while they are unpacked.
 *
 * @param options.coarse label with the 20 groups. Default false
 * @throws DiptychError if the archive cannot be had (see `download`) or lacks a file.
 * @see Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html
 * @example
 * const { train, test } = await downloadCifar100({ coarse: true });
 */
export async function downloadCifar100(
  options: DownloadCifarOptions & { coarse?: boolean } = {},
): Promise<TrainAndTest> {
  const { coarse } = options;
  const file = await archive('downloadCifar100', options.file ?? cifar100File, options);
  return {
    train: cifar100Dataset([file('train.bin')], { name: 'cifar100 train', coarse }),
    test: cifar100Dataset([file('test.bin')], { name: 'cifar100 test', coarse }),
  };
}

/** Finds files of the archive by their names, whatever folder they are in. */
async function archive(where: string, known: KnownFile, options: CachedOptions) {
  const { signal, onProgress, retries, retryDelay, folder } = options;
  const packed = await cached(known, { signal, onProgress, retries, retryDelay, folder });
  const files = untar(await gunzip(packed, { name: known.name }), { name: known.name });
  return (name: string): Uint8Array => {
    const path = [...files.keys()].find((path) => basename(path) === name);
    if (path === undefined) {
      throw new FormatError(where, `${known.name} holds no ${name}, but ${describeValue([...files.keys()])}`);
    }
    return files.get(path)!;
  };
}
