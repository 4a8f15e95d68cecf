import { check, checkOptions, checkRule, rules, type OptionRules } from '@diptych/formats/errors';

/** Bounds beyond which a value is a warning. */
export interface CollapseThresholds {
  /** Least `featureStd`. Default 0.1. */
  featureStd?: number;
  /** Largest `meanCosine`. Default 0.95. */
  meanCosine?: number;
  /** Least share of the way from 1 to min(B, D) that the effective rank must go. Default 0.05. */
  rankShare?: number;
  /** Least share of ln K that the entropy of the mean assignment must reach. Default 0.2. */
  balanceShare?: number;
  /** Largest share of ln K of the mean entropy of an assignment. Default 0.98. */
  entropyShare?: number;
}

export const thresholdRules: OptionRules<CollapseThresholds> = {
  featureStd: rules.finite,
  meanCosine: rules.finite,
  rankShare: rules.finite,
  balanceShare: rules.finite,
  entropyShare: rules.finite,
};

export interface CollapseWarning {
  /** Which of the values. */
  diagnostic: string;
  value: number;
  threshold: number;
  /** What it means, in words. */
  explanation: string;
}

/**
 * Warnings in words for diagnostic values beyond a threshold: those of `collapseReport`, or the metrics that objectives log at
 * every step (`<name>/featureStd`, `<name>/meanCosine`, `<name>/entropy` with `<name>/entropyGap` and `<name>/balance`), so that a
 * collapse is seen within the run. Costs nothing: the numbers are there. Values that are not among them are not judged.
 *
 * @throws DiptychError if a metric is no number, or a threshold is not finite
 * @see `collapseReport` for the thresholds; Chen and He 2021, SimSiam, figure 2, arXiv:2011.10566; Caron et al. 2021, DINO, figure 7,
 * arXiv:2104.14294
 * @example
 * for await (const { metrics } of run) for (const { explanation } of collapseWarnings(metrics)) show(explanation);
 */
export function collapseWarnings(
  metrics: Readonly<Record<string, number>>,
  thresholds: CollapseThresholds = {},
): CollapseWarning[] {
  const where = 'collapseWarnings';
  checkOptions(where, thresholds, thresholdRules, 'thresholds');
  checkRule(where, 'metrics', rules.record, metrics);
  for (const [name, value] of Object.entries(metrics)) {
    check(typeof value === 'number', where, `metrics[${JSON.stringify(name)}]`, 'a number', value);
  }
  const prefixes = new Set(Object.keys(metrics).map((name) => name.slice(0, name.lastIndexOf('/') + 1)));
  return [...prefixes].flatMap((prefix) => warningsOf(prefix, metrics, thresholds));
}

function warningsOf(prefix: string, metrics: Readonly<Record<string, number>>, thresholds: CollapseThresholds) {
  const { featureStd: std = 0.1, meanCosine: cosine = 0.95, rankShare = 0.05 } = thresholds;
  const { balanceShare = 0.2, entropyShare = 0.98 } = thresholds;
  const warnings: CollapseWarning[] = [];
  const value = (name: string) => metrics[`${prefix}${name}`];
  const digits = (name: string) => value(name)?.toPrecision(3);
  const warn = (name: string, bound: 'least' | 'largest', threshold: number, explanation: string) => {
    const found = value(name);
    if (found === undefined || Number.isNaN(threshold)) return;
    const fine = bound === 'least' ? found >= threshold : found <= threshold;
    if (!fine) warnings.push({ diagnostic: `${prefix}${name}`, value: found, threshold, explanation });
  };
  warn(
    'featureStd',
    'least',
    std,
    `The features of different images hardly differ: their spread is ${digits('featureStd')}, where 1 is even and 0 is one point.`,
  );
  warn(
    'meanCosine',
    'largest',
    cosine,
    `Different images point the same way: the mean cosine between them is ${digits('meanCosine')}.`,
  );
  const full = value('fullRank') ?? NaN;
  warn(
    'effectiveRank',
    'least',
    1 + rankShare * (full - 1),
    `The features use ${digits('effectiveRank')} of ${full} possible directions.`,
  );
  const most = value('maxEntropy') ?? (value('entropy') ?? NaN) + (value('entropyGap') ?? NaN);
  warn(
    'balance',
    'least',
    balanceShare * most,
    `Few prototypes take nearly all images: the mean assignment has an entropy of ${digits('balance')} nats of ${most.toPrecision(3)}. A slower center or Sinkhorn-Knopp balances them.`,
  );
  warn(
    'entropy',
    'largest',
    entropyShare * most,
    `The teacher cannot decide: each assignment has an entropy of ${digits('entropy')} nats of ${most.toPrecision(3)}. A lower teacher temperature sharpens it.`,
  );
  return warnings;
}
