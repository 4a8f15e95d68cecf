import type { FeatureRows } from '../features/feature-rows.ts';
import type { LabelledSource } from '../feature-source/feature-source.ts';
import type { ConfusionMatrix } from './confusion-matrix.ts';

/** Features with the class of each row. */
export interface LabelledRows extends FeatureRows {
  labels: ArrayLike<number>;
}

/** The three parts of a probe, each in memory or read in chunks. */
export interface ProbeParts {
  /** Fitted on. */
  train: LabelledRows | LabelledSource;
  /** Chosen on. */
  validation: LabelledRows | LabelledSource;
  /** Reported on. */
  test: LabelledRows | LabelledSource;
}

/** What every protocol of a linear probe reports. */
export interface ProbeOutcome {
  trainAccuracy: number;
  /** What choices are made by. */
  validationAccuracy: number;
  /** What is reported, of the choice that the validation rows made. */
  testAccuracy: number;
  dims: number;
  classes: number;
  /** Rows in each part. */
  counts: { train: number; validation: number; test: number };
  /** Of the test rows. */
  confusion: ConfusionMatrix;
  /** What the reader of the figure should know: classes without rows, with counts. */
  warnings: string[];
}

/** Names of the parts, in the order in which they are used. */
export const partNames = ['train', 'validation', 'test'] as const;
