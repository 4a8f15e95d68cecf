import { foldIn, permutation } from '@diptych/core';
import type { Key } from '@diptych/core';
import { checkNotEmpty, checkOptions, checkRule, DiptychError, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { checkRows, selectRows } from '../../features/feature-rows.ts';
import { checkLabels, partNames } from '../parts/probe-labels.ts';
import { linearProbe } from '../linear/linear-probe.ts';
import type { LinearProbeOptions, ProbeProtocol } from '../linear/linear-probe.ts';
import type { ProbeOutcome } from '../parts/probe-outcome.ts';
import type { LabeledRows } from '../parts/probe-labels.ts';
import { keyRule } from '@diptych/core/random';

/** What a probe of a few rows must say. */
export type FewShotProbe<Protocol = unknown> = (parts: {
  train: LabeledRows;
  validation: LabeledRows;
  test: LabeledRows;
}) => Pick<ProbeOutcome, 'validationAccuracy' | 'testAccuracy'> & { protocol: Protocol };

/** What is drawn. */
export interface FewShotOptions<Protocol = ProbeProtocol> {
  /** Training rows per class. Default 1, 2, 5, 10. */
  shots?: readonly number[];
  /** Sets of rows that are drawn for each number of shots. Default 5. */
  draws?: number;
  /** Decides the draws. */
  key: Key;
  /** Number of classes. Default: largest label of the training rows + 1. */
  classes?: number;
  /** Default: `linearProbe`, which chooses its penalty on the validation rows. */
  probe?: FewShotProbe<Protocol>;
}

/** One number of shots. */
export interface FewShotPoint {
  shots: number;
  /** Mean of the draws' test accuracies. */
  mean: number;
  /** Their deviation (divided by draws - 1); 0 for one draw. */
  std: number;
  testAccuracy: number[];
  validationAccuracy: number[];
}

/** Accuracy against the number of labeled rows. */
export interface FewShotCurve<Protocol = ProbeProtocol> {
  protocol: Protocol;
  key: Key;
  draws: number;
  classes: number;
  points: FewShotPoint[];
}

/**
 * How many labels a representation needs: probes on k training rows of each class, several draws of them for every k. The
 * draw d of k shots takes the first k rows of each class in the order `permutation(foldIn(key, d), n)`, so that a draw of
 * more shots holds the rows of the smaller ones.
 *
 * **Shapes** rows [n, dims] and labels [n] in each part. **Memory** that of a probe.
 *
 * @throws DiptychError if a class has fewer training rows than the largest number of shots, or parts do not fit.
 * @example
 * const { points } = fewShotCurve({ train, validation, test }, { shots: [1, 5, 10], key: key(0) });
 */
export function fewShotCurve<Protocol = ProbeProtocol>(
  parts: { train: LabeledRows; validation: LabeledRows; test: LabeledRows },
  options: FewShotOptions<Protocol>,
): FewShotCurve<Protocol> {
  const where = 'fewShotCurve';
  checkOptions<FewShotOptions<Protocol>>(where, options, {
    shots: rules.list(rules.count),
    draws: rules.count,
    key: rules.required(keyRule),
    classes: evalRules.classes,
    probe: rules.callback,
  });
  checkRule(where, 'parts', evalRules.splits, parts);
  for (const part of partNames) checkRule(where, part, evalRules.rows, parts[part]);
  const { shots = [1, 2, 5, 10], draws = 5, key } = options;
  checkNotEmpty(where, { shots });
  const { labels } = parts.train;
  const count = checkRows(parts.train, where, 'train', 2);
  const classes = checkLabels(labels, count, where, options.classes);
  const rowsOfClass = new Array<number>(classes).fill(0);
  for (let i = 0; i < count; i++) rowsOfClass[labels[i]]++;
  const most = Math.max(...shots);
  for (const [k, rows] of rowsOfClass.entries()) {
    if (rows < most) {
      const rule = `at least ${most} training rows`;
      throw new DiptychError({ where, parameter: `class ${k}`, rule: `there with ${rule}`, value: rows });
    }
  }
  const standard: LinearProbeOptions = { classes };
  const probe = options.probe ?? ((few) => linearProbe(few, standard) as unknown as ReturnType<FewShotProbe<Protocol>>);

  let protocol: Protocol | undefined;
  const points = shots.map((k): FewShotPoint => {
    const results = Array.from({ length: draws }, (_, draw) => {
      const chosen = firstOfEach(permutation(foldIn(key, draw), count), labels, classes, k);
      const train = { ...selectRows(parts.train, chosen), labels: chosen.map((row) => labels[row]) };
      const result = probe({ ...parts, train });
      checkRule(where, 'result of probe', rules.having('{ validationAccuracy, testAccuracy }', 'testAccuracy'), result);
      return result;
    });
    protocol = results[0].protocol;
    const testAccuracy = results.map((result) => result.testAccuracy);
    const mean = testAccuracy.reduce((a, b) => a + b, 0) / draws;
    const squares = testAccuracy.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const validationAccuracy = results.map((result) => result.validationAccuracy);
    return { shots: k, mean, std: Math.sqrt(squares / Math.max(1, draws - 1)), testAccuracy, validationAccuracy };
  });
  return { protocol: protocol!, key, draws, classes, points };
}

/** The first k rows of every class in this order. */
function firstOfEach(order: Uint32Array, labels: ArrayLike<number>, classes: number, k: number): number[] {
  const taken = new Uint32Array(classes);
  return Array.from(order).filter((row) => taken[labels[row]] < k && ++taken[labels[row]] > 0);
}
