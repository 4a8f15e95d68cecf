import { checkNotEmpty, checkOptions, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import type { FeatureSource } from '../../features/feature-source.ts';
import { checkParts } from '../parts/probe-labels.ts';
import { accuracy, classify } from '../parts/classify.ts';
import { confusionMatrix } from '../parts/confusion-matrix.ts';
import type { ProbeOutcome } from '../parts/probe-outcome.ts';
import type { ProbeParts } from '../parts/probe-labels.ts';
import { ridgeClassifier } from './ridge-classifier.ts';
import { standardizer } from '../parts/standardizer.ts';

/** What decides the outcome besides the data. */
export interface RidgeProtocol {
  name: 'ridge';
  /** Penalties that are tried, beside squared errors that are summed; the one with the best validation accuracy is taken. */
  alphas: readonly number[];
  standardize: boolean;
}

/** How the probe is run. */
export interface RidgeProbeOptions extends Partial<Omit<RidgeProtocol, 'name'>> {
  /** Number of classes. Default: largest label of the training rows + 1. */
  classes?: number;
}

/** The outcome of a ridge probe. */
export interface RidgeProbeResult extends ProbeOutcome {
  protocol: RidgeProtocol;
  alpha: number;
  trials: { alpha: number; trainAccuracy: number; validationAccuracy: number }[];
}

/**
 * Linear probe, protocol `ridge`: least squares on one-hot labels in closed form, for each of several penalties; the one with
 * the best validation accuracy (the strongest among equals) is reported on the test rows. Nothing is random or iterated.
 *
 * **Shapes** rows [n, dims] and labels [n] in each part. **Memory** dims^2 doubles three times and a standardized copy of each
 * part that is in memory.
 *
 * @throws DiptychError if a penalty is not above 0, and as `linearProbe` does.
 * @example
 * const { testAccuracy, alpha } = ridgeProbe({ train, validation, test });
 */
export function ridgeProbe(parts: ProbeParts, options: RidgeProbeOptions = {}): RidgeProbeResult {
  checkOptions('ridgeProbe', options, {
    alphas: rules.list(rules.positive),
    standardize: rules.flag,
    classes: evalRules.classes,
  });
  const { alphas = [1e4, 1e3, 1e2, 10, 1, 0.1], standardize = true } = options;
  checkNotEmpty('ridgeProbe', { alphas });
  const protocol: RidgeProtocol = { name: 'ridge', alphas: [...alphas].sort((a, b) => b - a), standardize };
  const { classes, ...found } = checkParts(parts, 'ridgeProbe', options.classes);
  const prepare = standardize
    ? standardizer(parts.train)
    : (features: FeatureRows | FeatureSource): FeatureRows | FeatureSource => features;
  const [train, validation] = [prepare(parts.train), prepare(parts.validation)];
  const fits = protocol.alphas.map((alpha) => {
    const fit = ridgeClassifier(train, parts.train.labels, { alpha, classes });
    const trainAccuracy = accuracy(classify(fit, train).prediction, parts.train.labels);
    const validationAccuracy = accuracy(classify(fit, validation).prediction, parts.validation.labels);
    return { fit, trial: { alpha, trainAccuracy, validationAccuracy } };
  });
  const best = fits.reduce((a, b) => (b.trial.validationAccuracy > a.trial.validationAccuracy ? b : a));
  const { prediction } = classify(best.fit, prepare(parts.test));
  const testAccuracy = accuracy(prediction, parts.test.labels);
  const confusion = confusionMatrix(prediction, parts.test.labels, { classes });
  return {
    ...best.trial,
    protocol,
    testAccuracy,
    classes,
    ...found,
    confusion,
    trials: fits.map(({ trial }) => trial),
  };
}
