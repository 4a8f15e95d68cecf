import { checkAllIntegers, checkOptions, checkRule } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { checkLabels } from './probe-labels.ts';

/** How often each class is predicted for each label. */
export interface ConfusionMatrix {
  classes: number;
  /** [classes, classes]: row the label, column the prediction. */
  counts: Uint32Array;
  /** Share of each class that is predicted right; NaN for a class without rows. */
  recall: Float64Array;
}

/**
 * Counts how often each class is predicted for each label.
 *
 * **Shapes** prediction and labels [n]; counts [classes, classes]. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if the lists differ in length or hold something that is no class.
 * @example
 * const { counts, classes } = confusionMatrix(prediction, labels, { classes: 10 });
 */
export function confusionMatrix(
  prediction: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: { classes?: number } = {},
): ConfusionMatrix {
  const where = 'confusionMatrix';
  checkOptions(where, options, { classes: evalRules.classes });
  checkRule(where, 'prediction', evalRules.numbers, prediction);
  const classes = checkLabels(labels, prediction.length, where, options.classes);
  const counts = new Uint32Array(classes * classes);
  checkAllIntegers(where, { prediction }, 0, classes - 1);
  for (let i = 0; i < labels.length; i++) {
    counts[labels[i] * classes + prediction[i]]++;
  }
  const recall = Float64Array.from({ length: classes }, (_, k) => {
    const row = counts.subarray(k * classes, (k + 1) * classes);
    return row[k] / row.reduce((sum, count) => sum + count, 0);
  });
  return { classes, counts, recall };
}
