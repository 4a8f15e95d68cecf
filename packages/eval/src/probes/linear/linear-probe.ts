import { checkNotEmpty, checkOptions, rules, type OptionRules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import type { FeatureSource } from '../../features/feature-source.ts';
import { checkParts } from '../parts/probe-labels.ts';
import { accuracy, classify } from '../parts/classify.ts';
import { confusionMatrix } from '../parts/confusion-matrix.ts';
import { logisticRegression } from './logistic-regression.ts';
import type { LogisticRegression } from './logistic-regression.ts';
import type { ProbeOutcome } from '../parts/probe-outcome.ts';
import type { ProbeParts } from '../parts/probe-labels.ts';
import { softmaxCrossEntropy } from '../parts/scores.ts';
import { standardizer } from '../parts/standardizer.ts';

/** What decides the outcome of a probe besides the data; every result carries it. */
export interface ProbeProtocol {
  name: 'converged';
  /** Penalties that are tried; the one with the best validation accuracy is taken. */
  l2: readonly number[];
  /** Columns brought to mean 0 and deviation 1 with the figures of the training rows. */
  standardize: boolean;
  /** Largest entry of the gradient that counts as converged. */
  tolerance: number;
  maxIterations: number;
}

/** How a probe is run. */
export interface LinearProbeOptions extends Partial<Omit<ProbeProtocol, 'name'>> {
  /** Number of classes. Default: largest label of the training rows + 1. */
  classes?: number;
}

/** A probe at one penalty. */
export interface ProbeTrial {
  l2: number;
  trainAccuracy: number;
  validationAccuracy: number;
  validationCrossEntropy: number;
  converged: boolean;
}

/** The outcome of a linear probe. */
export interface ProbeResult extends ProbeTrial, ProbeOutcome {
  protocol: ProbeProtocol;
  /** Every penalty that was tried, strongest first. */
  trials: ProbeTrial[];
}

export const linearProbeRules: OptionRules<LinearProbeOptions> = {
  l2: evalRules.penalties,
  standardize: rules.flag,
  tolerance: rules.positive,
  maxIterations: rules.count,
  classes: evalRules.classes,
};

const defaults: ProbeProtocol = {
  name: 'converged',
  l2: [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5],
  standardize: true,
  tolerance: 1e-5,
  maxIterations: 1000,
};

/**
 * Linear probe, protocol `converged`: multinomial logistic regression on standardized features, fitted to convergence on
 * the training rows for each of several penalties; the penalty with the best validation accuracy (then the lowest
 * validation cross-entropy) is reported on the test rows. Nothing is random.
 *
 * **Shapes** rows [n, dims] and labels [n] in each part. **Memory** one standardized copy of each part, in float64; of a part
 * that is read in chunks, one chunk.
 *
 * @throws DiptychError if dims differ between the parts, labels do not match, a number is not finite, or the training rows
 * are all of one class. A class without rows in a part is a warning in the result.
 * @example
 * const { testAccuracy, l2, protocol } = linearProbe({ train, validation, test });
 */
export function linearProbe(parts: ProbeParts, options: LinearProbeOptions = {}): ProbeResult {
  const where = 'linearProbe';
  checkOptions(where, options, linearProbeRules);
  const protocol: ProbeProtocol = {
    ...defaults,
    ...Object.fromEntries(Object.entries(options).filter(([name, value]) => name in defaults && value !== undefined)),
    name: 'converged',
  };
  const penalties = [...protocol.l2].sort((a, b) => b - a);
  checkNotEmpty(where, { l2: penalties });
  const { classes, ...found } = checkParts(parts, where, options.classes);

  const prepare = protocol.standardize
    ? standardizer(parts.train)
    : (features: FeatureRows | FeatureSource): FeatureRows | FeatureSource => features;
  const [train, validation] = [prepare(parts.train), prepare(parts.validation)];
  const { tolerance, maxIterations } = protocol;

  const trials: ProbeTrial[] = [];
  let fit: LogisticRegression | undefined;
  let best: { trial: ProbeTrial; fit: LogisticRegression } | undefined;
  for (const l2 of penalties) {
    fit = logisticRegression(train, parts.train.labels, { classes, l2, tolerance, maxIterations, start: fit });
    const held = classify(fit, validation);
    const trial: ProbeTrial = {
      l2,
      trainAccuracy: accuracy(classify(fit, train).prediction, parts.train.labels),
      validationAccuracy: accuracy(held.prediction, parts.validation.labels),
      validationCrossEntropy: softmaxCrossEntropy(held.logits, parts.validation.labels, classes),
      converged: fit.converged,
    };
    trials.push(trial);
    if (!best || isBetter(trial, best.trial)) best = { trial, fit };
  }

  const { prediction } = classify(best!.fit, prepare(parts.test));
  const testAccuracy = accuracy(prediction, parts.test.labels);
  const confusion = confusionMatrix(prediction, parts.test.labels, { classes });
  return { ...best!.trial, protocol, testAccuracy, classes, ...found, confusion, trials };
}

function isBetter(a: ProbeTrial, b: ProbeTrial): boolean {
  if (a.validationAccuracy !== b.validationAccuracy) return a.validationAccuracy > b.validationAccuracy;
  return a.validationCrossEntropy < b.validationCrossEntropy;
}
