import { checkNotEmpty, checkOptions, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { checkParts } from '../parts/probe-labels.ts';
import { accuracy } from '../parts/classify.ts';
import { confusionMatrix } from '../parts/confusion-matrix.ts';
import { nearestNeighborVote } from './nearest-neighbor-vote.ts';
import type { ProbeOutcome } from '../parts/probe-outcome.ts';
import type { LabeledRows } from '../parts/probe-labels.ts';

/** What decides the outcome besides the data. */
export interface NearestNeighborProtocol {
  name: 'weighted-knn';
  /** Numbers of neighbors that are tried; the one with the best validation accuracy is taken. */
  k: readonly number[];
  temperature: number;
}

/** How the probe is run. */
export interface NearestNeighborProbeOptions {
  /** Default 5, 10, 20. */
  k?: readonly number[];
  /** Default 0.07. */
  temperature?: number;
  /** Number of classes. Default: largest label of the training rows + 1. */
  classes?: number;
}

/** The outcome of a k-NN probe; there is no training accuracy, as every row is its own nearest neighbor. */
export interface NearestNeighborProbeResult extends Omit<ProbeOutcome, 'trainAccuracy'> {
  protocol: NearestNeighborProtocol;
  k: number;
  trials: { k: number; validationAccuracy: number }[];
}

/**
 * Probe without training, protocol `weighted-knn`: DINO's vote of the nearest training rows by cosine, for several k; the one
 * with the best validation accuracy (the first among equals) is reported on the test rows.
 *
 * **Shapes** rows [n, dims] and labels [n] in each part. **Memory** a scaled float64 copy of two parts.
 *
 * @throws DiptychError if a k exceeds the training rows, and as `linearProbe` does.
 * @see Caron et al. 2021, Emerging properties in self-supervised vision transformers, appendix F.1, arXiv:2104.14294
 * @example
 * const { testAccuracy, k } = nearestNeighborProbe({ train, validation, test });
 */
export function nearestNeighborProbe(
  parts: { train: LabeledRows; validation: LabeledRows; test: LabeledRows },
  options: NearestNeighborProbeOptions = {},
): NearestNeighborProbeResult {
  checkOptions('nearestNeighborProbe', options, {
    k: rules.list(rules.count),
    temperature: rules.positive,
    classes: evalRules.classes,
  });
  const { k = [5, 10, 20], temperature = 0.07 } = options;
  checkNotEmpty('nearestNeighborProbe', { k });
  const protocol: NearestNeighborProtocol = { name: 'weighted-knn', k: [...k], temperature };
  const { classes, ...found } = checkParts(parts, 'nearestNeighborProbe', options.classes);
  const vote = (part: LabeledRows, neighbors: number) =>
    nearestNeighborVote(parts.train, part, { k: neighbors, temperature, classes }).prediction;
  const trials = k.map((neighbors) => ({
    k: neighbors,
    validationAccuracy: accuracy(vote(parts.validation, neighbors), parts.validation.labels),
  }));
  const best = trials.reduce((a, b) => (b.validationAccuracy > a.validationAccuracy ? b : a));
  const prediction = vote(parts.test, best.k);
  const testAccuracy = accuracy(prediction, parts.test.labels);
  const confusion = confusionMatrix(prediction, parts.test.labels, { classes });
  return { ...best, protocol, testAccuracy, classes, ...found, confusion, trials };
}
