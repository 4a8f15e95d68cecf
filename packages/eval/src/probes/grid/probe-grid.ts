import type { Key } from '@diptych/core';
import { keyRule } from '@diptych/core/random';
import type { Dataset } from '@diptych/data';
import { check, checkNonNegative, checkNotEmpty, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { ProbeOutcome } from '../parts/probe-outcome.ts';

/** The labeled data of a grid: fitted on, chosen on, reported on. */
export interface ProbeSplits {
  train: Dataset;
  validation: Dataset;
  test: Dataset;
}

/** A probe of one layer at one noise level. */
export interface GridCell extends Omit<ProbeOutcome, 'warnings'> {
  tap: string;
  sigma: number;
}

/** The outcome of a grid of probes, with what it takes to repeat it. */
export interface GridOutcome<Protocol, Cell extends GridCell> {
  protocol: Protocol;
  /** In the order in which the network gave them. */
  taps: string[];
  sigmas: number[];
  /** Tap by tap, noise levels within. */
  cells: Cell[];
  /** The cell with the best validation accuracy; its `testAccuracy` is the figure to report. */
  best: Cell;
  /** Decided all noise, and what else was random. */
  key: Key;
  batchSize: number;
  /** Name and size of each part. */
  splits: Record<keyof ProbeSplits, { name: string; length: number }>;
  /** What the reader of the figures should know: classes without rows, stored features that were not sound. */
  warnings: string[];
}

/** The rules of what every grid of probes takes. */
export const gridRules = {
  features: rules.required(rules.callback),
  splits: rules.required(evalRules.splits),
  sigmas: rules.required(rules.list(rules.nonNegative)),
  key: rules.required(keyRule),
  signal: rules.signal,
  onProgress: rules.callback,
} as const;

/** Throws unless there are noise levels and all are numbers from 0. */
export function checkSigmas(sigmas: readonly number[], where: string): void {
  checkNotEmpty(where, { sigmas });
  for (const sigma of sigmas) checkNonNegative(where, { sigmas: sigma });
}

/** Cells in the order of taps and noise levels, the best of them by validation, and the parts' names. */
export function gridOutcome<Protocol, Cell extends GridCell>(
  where: string,
  found: ReadonlyMap<string, Cell[]>,
  given: { protocol: Protocol; sigmas: readonly number[]; key: Key; batchSize: number; splits: ProbeSplits },
  warnings: Iterable<string>,
): GridOutcome<Protocol, Cell> {
  const taps = [...found.keys()];
  const complete = taps.every((tap) => found.get(tap)!.length === given.sigmas.length);
  check(complete, where, 'features', 'the same taps at every noise level', taps);
  const cells = taps.flatMap((tap) => found.get(tap)!);
  const best = cells.reduce((a, b) => (b.validationAccuracy > a.validationAccuracy ? b : a));
  const named = ({ name, length }: Dataset) => ({ name, length });
  const { train, validation, test } = given.splits;
  const splits = { train: named(train), validation: named(validation), test: named(test) };
  return { ...given, taps, sigmas: [...given.sigmas], cells, best, splits, warnings: [...new Set(warnings)] };
}
