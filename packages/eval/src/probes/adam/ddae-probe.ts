import { checkOptions, rules } from '@diptych/formats/errors';
import { foldIn, permutation } from '@diptych/core';
import type { Key } from '@diptych/core';
import { evalRules } from '../../features/eval-rules.ts';
import { accuracy, classify } from '../parts/classify.ts';
import { checkParts } from '../parts/probe-labels.ts';
import { confusionMatrix } from '../parts/confusion-matrix.ts';
import { cosineRate, ddaeProtocol, ddaeRules } from './ddae-protocol.ts';
import type { DdaeOutcome, DdaeProtocol, DdaeSettings } from './ddae-protocol.ts';
import { LinearHead } from './linear-head.ts';
import type { LabeledRows } from '../parts/probe-labels.ts';
import { keyRule } from '@diptych/core/random';

/** How the probe is run. */
export interface DdaeProbeOptions extends DdaeSettings {
  /** Decides the first weights and the order of the rows. */
  key: Key;
  /** Number of classes. Default: largest label of the training rows + 1. */
  classes?: number;
}

/** The outcome of `ddaeProbe`. */
export interface DdaeProbeResult extends DdaeOutcome {
  protocol: DdaeProtocol;
  key: Key;
}

/**
 * Linear probe with the optimizer of protocol `ddae` (Adam 1e-3, batches of 128, 15 epochs, the rate along a cosine) on rows
 * that are there already: without images nothing can be augmented, and the result says so. `ddaeProbeGrid` is the whole
 * protocol. Rows are not standardized, so the outcome depends on their scale.
 *
 * **Shapes** rows [n, dims] and labels [n] in each part. **Memory** the rows and a head of classes * dims doubles, three times.
 *
 * @throws DiptychError if dims differ between the parts, labels do not match, a number is not finite, the training rows are
 * all of one class, or a setting is none.
 * @see Xiang et al. 2023, Denoising diffusion autoencoders are unified self-supervised learners, arXiv:2303.09769, and its
 * code, `linear.py`
 * @example
 * const { testAccuracy } = ddaeProbe({ train, validation, test }, { key: key(0) });
 */
export function ddaeProbe(
  parts: { train: LabeledRows; validation: LabeledRows; test: LabeledRows },
  options: DdaeProbeOptions,
): DdaeProbeResult {
  checkOptions('ddaeProbe', options, { ...ddaeRules, key: rules.required(keyRule), classes: evalRules.classes });
  const { key } = options;
  const protocol = ddaeProtocol(options, 'none');
  const { classes, dims, counts, warnings } = checkParts(parts, 'ddaeProbe', options.classes);
  const { rows, labels } = parts.train;
  const head = new LinearHead({ dims, classes, key: foldIn(key, 0), batchNorm: protocol.batchNorm });
  const trainLoss: number[] = [];
  let trainAccuracy = 0;
  for (let epoch = 0; epoch < protocol.epochs; epoch++) {
    const order = permutation(foldIn(foldIn(key, 1), epoch), counts.train);
    let [loss, right] = [0, 0];
    for (let first = 0; first < counts.train; first += protocol.batchSize) {
      const chosen = order.subarray(first, first + protocol.batchSize);
      const batch = new Float64Array(chosen.length * dims);
      chosen.forEach((row, i) => batch.set(rows.subarray(row * dims, (row + 1) * dims), i * dims));
      const classOf = Array.from(chosen, (row) => labels[row]);
      const step = head.step({ rows: batch, dims }, classOf, cosineRate(protocol, epoch));
      loss += step.loss * chosen.length;
      right += step.right;
    }
    trainLoss.push(loss / counts.train);
    trainAccuracy = right / counts.train;
  }
  const classifier = head.classifier();
  const { prediction } = classify(classifier, parts.test);
  return {
    protocol,
    key,
    trainAccuracy,
    validationAccuracy: accuracy(classify(classifier, parts.validation).prediction, parts.validation.labels),
    testAccuracy: accuracy(prediction, parts.test.labels),
    trainLoss,
    dims,
    classes,
    counts,
    confusion: confusionMatrix(prediction, parts.test.labels, { classes }),
    warnings,
  };
}
