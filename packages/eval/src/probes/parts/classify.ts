import { checkLength, checkNotEmpty, checkRule } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { asSource, checkSource } from '../../features/feature-source.ts';
import type { FeatureSource } from '../../features/feature-source.ts';
import type { LinearClassifier } from '../linear/logistic-regression.ts';
import { scores } from './scores.ts';
import { checkSameDims } from '../../features/feature-rows.ts';

/** What a classifier says of each row. */
export interface Classification {
  /** [n, classes] */
  logits: Float64Array;
  /** [n], the class of the highest score; the first one among equals. */
  prediction: Uint32Array;
}

/**
 * Scores and predicted class of every row.
 *
 * **Shapes** rows [n, dims]; logits [n, classes], prediction [n]. **Memory** logits and prediction are new.
 *
 * @throws DiptychError if dims differ or a number is not finite.
 * @example
 * const { prediction } = classify(logisticRegression(train, labels), test);
 */
export function classify(classifier: LinearClassifier, features: FeatureRows | FeatureSource): Classification {
  checkRule('classify', 'classifier', evalRules.classifier, classifier);
  const { classes, dims, weight, bias } = classifier;
  checkSameDims('classify', { classifier, features });
  const count = checkSource(features, 'classify', 'features');
  const logits = new Float64Array(count * classes);
  let at = 0;
  for (const { rows } of asSource(features).chunks()) {
    const length = (rows.length / dims) * classes;
    scores(rows, dims, weight, bias, logits.subarray(at, at + length));
    at += length;
  }
  const prediction = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    for (let k = 1; k < classes; k++) {
      if (logits[i * classes + k] > logits[i * classes + prediction[i]]) prediction[i] = k;
    }
  }
  return { logits, prediction };
}

/** Share of predictions that are right. */
export function accuracy(prediction: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkRule('accuracy', 'prediction', evalRules.numbers, prediction);
  checkRule('accuracy', 'labels', evalRules.numbers, labels);
  checkLength('accuracy', { prediction }, labels.length, 'one per label');
  checkNotEmpty('accuracy', { labels });
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (prediction[i] === labels[i]) right++;
  return right / labels.length;
}
