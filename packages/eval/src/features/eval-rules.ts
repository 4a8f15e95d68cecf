import { rules, type Rule } from '@diptych/formats/errors';
import { featureRules } from './feature-rules.ts';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Images, or what is known of them: a data set, batches, rows, moments, a summary. */
const isImageSet = (value: unknown) =>
  isObject(value) &&
  [Symbol.asyncIterator, Symbol.iterator, 'batch', 'covariance', 'rows', 'count'].some((member) => member in value);

/** Rules of what probes and metrics are given, for `checkOptions`. */
export const evalRules = {
  ...featureRules,
  classifier: rules.having('a linear classifier', 'classes', 'dims', 'weight', 'bias'),
  dataset: rules.having('a data set', 'length', 'batch'),
  batch: rules.having('a batch of images { x, shape }', 'x', 'shape'),
  images: { words: 'a data set, batches of images, feature rows, moments, or a summary', holds: isImageSet },
  featureNetwork: rules.having('a feature network, such as digitFeatures()', 'name', 'dims', 'features'),
  network: rules.having('a network', 'forward', 'tapNames'),
  diffusion: rules.having('a diffusion process, such as edm()', 'precondition'),
  inception: rules.having('a network with its weights, as inception() makes it', 'run', 'sha256'),
  protocol: rules.having('a protocol, such as clean', 'name', 'size', 'prepare'),
  metric: rules.having('a metric, such as frechetMetric()', 'needs', 'figures'),
  augmentation: rules.having('an augmentation, such as flipCrop()', 'name', 'apply'),
  weights: rules.having('weights, as readWeights gives them', 'tensors', 'sha256'),
  classes: rules.integerIn(2, 2 ** 20),
  penalties: rules.list(rules.nonNegative),
  splits: rules.having('{ train, validation, test }', 'train', 'validation', 'test'),
  confusion: rules.having('a confusion matrix, as confusionMatrix gives it', 'classes', 'counts'),
  document: rules.having('a document', 'createElement'),
  /** NaN too. */
  number: { words: 'a number', holds: (value) => typeof value === 'number' },
  bytes: { words: 'a Uint8Array', holds: (value) => value instanceof Uint8Array },
} satisfies Record<string, Rule>;
