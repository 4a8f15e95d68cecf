import { checkOptions, describeValue, FormatError, rules } from '@diptych/formats/errors';
import { arrayDataset } from '../dataset/array-dataset.ts';
import { classesRule, type Dataset } from '../dataset/dataset.ts';
import { readIdx } from '@diptych/formats';

/** The two files of one part of MNIST or of a set in its format (Fashion-MNIST, KMNIST, EMNIST). */
export interface MnistDatasetOptions {
  /** Bytes of the idx file of images, [n, H, W]. */
  images: Uint8Array;
  /** Bytes of the idx file of labels, [n]. */
  labels: Uint8Array;
  /** Default: the digits 0 to 9. */
  classes?: readonly string[];
  /** Default `mnist`. */
  name?: string;
}

/**
 * A part of MNIST, or of a set in its format, from its two idx files.
 *
 * **Shapes** images [H, W, 1]. **Units** uint8. **Memory** one copy of the images.
 *
 * @throws DiptychError if a file is no idx file, or the two do not match.
 * @see http://yann.lecun.com/exdb/mnist/
 * @example
 * const train = mnistDataset({ images: await gunzip(a), labels: await gunzip(b), name: 'mnist train' });
 */
export function mnistDataset(options: MnistDatasetOptions): Dataset {
  const where = 'mnistDataset';
  const {
    images: imageBytes,
    labels: labelBytes,
    name = 'mnist',
    classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  } = checkOptions(where, options, {
    images: rules.required(rules.object),
    labels: rules.required(rules.object),
    name: rules.text,
    classes: classesRule,
  });
  const images = readIdx(imageBytes, { name: `images of ${name}` });
  const labels = readIdx(labelBytes, { name: `labels of ${name}` });
  const levels = images.data;
  const fits = images.shape.length === 3 && levels instanceof Uint8Array;
  const refuse = (sentence: string): never => {
    throw new FormatError(where, sentence);
  };
  if (!fits)
    return refuse(`the images of ${name} are no bytes of shape [n, H, W], but of ${describeValue(images.shape)}`);
  const one = labels.shape.length === 1 && labels.shape[0] === images.shape[0];
  if (!one) refuse(`the labels of ${name} are not of shape [${images.shape[0]}], one per image, but [${labels.shape}]`);
  return arrayDataset({ x: levels, shape: [images.shape[1], images.shape[2], 1], label: labels.data, classes, name });
}
