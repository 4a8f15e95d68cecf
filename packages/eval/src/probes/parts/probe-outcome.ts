import type { ConfusionMatrix } from './confusion-matrix.ts';
import type { CheckedParts } from './probe-labels.ts';

/** What every protocol of a linear probe reports. */
export interface ProbeOutcome extends CheckedParts {
  trainAccuracy: number;
  /** What choices are made by. */
  validationAccuracy: number;
  /** What is reported, of the choice that the validation rows made. */
  testAccuracy: number;
  /** Of the test rows. */
  confusion: ConfusionMatrix;
}
