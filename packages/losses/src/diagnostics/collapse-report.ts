import { check } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { alignment } from '../views/alignment.ts';
import { uniformity } from '../views/uniformity.ts';
import { assignmentEntropy } from './assignment-entropy.ts';
import { featureStd } from './feature-std.ts';
import { meanCosine } from './mean-cosine.ts';
import { rankMe } from './rank-me.ts';

export interface CollapseInput {
  /** Features of many different samples, [B, D]. */
  features: tf.Tensor2D;
  /** Features of other views of the same samples, [B, D]. */
  views?: tf.Tensor2D;
  /** The teacher's assignments to K prototypes, [B, K]. */
  probabilities?: tf.Tensor2D;
}

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

export interface CollapseWarning {
  /** Which of the values. */
  diagnostic: string;
  value: number;
  threshold: number;
  /** What it means, in words. */
  explanation: string;
}

export interface CollapseReport {
  /** `featureStd`, `meanCosine`, `effectiveRank`, `uniformity`; `alignment` with views; `entropy`, `balance`, `maxEntropy` with probabilities. */
  values: Readonly<Record<string, number>>;
  /** Empty when all is well. */
  warnings: readonly CollapseWarning[];
}

/**
 * Tells whether a representation has collapsed, and how: values, and warnings in words for those beyond a threshold.
 *
 * **Memory** Leaves no tensors. Reads the features back, so call it now and then, not in every step.
 *
 * @throws DiptychError on features that are no [B, D] with B >= 2 or not finite.
 * @see SimSiam, arXiv 2011.10566, figure 2; RankMe, arXiv 2210.02885; Wang and Isola, arXiv 2005.10242; DINO, arXiv 2104.14294, figure 7.
 * @example
 * for (const { explanation } of (await collapseReport({ features })).warnings) show(explanation);
 */
export async function collapseReport(
  input: CollapseInput,
  thresholds: CollapseThresholds = {},
): Promise<CollapseReport> {
  const { features, views, probabilities } = input;
  check(
    features.rank === 2 && features.shape[0] >= 2,
    'collapseReport',
    'features',
    'of shape [B, D] with B >= 2',
    features,
  );
  const names: string[] = [];
  const scalars = tf.tidy(() => {
    const made: Record<string, tf.Scalar> = {
      featureStd: featureStd(features),
      meanCosine: meanCosine(features),
      uniformity: uniformity(features),
      ...(views && { alignment: alignment(features, views) }),
    };
    if (probabilities) {
      const { sample, batch } = assignmentEntropy(probabilities);
      Object.assign(made, { entropy: sample, balance: batch });
    }
    names.push(...Object.keys(made));
    return tf.stack(Object.values(made));
  });
  const numbers = await scalars.data();
  scalars.dispose();
  const values: Record<string, number> = Object.fromEntries(names.map((name, i) => [name, numbers[i] as number]));
  values['effectiveRank'] = await rankMe(features);
  if (probabilities) values['maxEntropy'] = Math.log(probabilities.shape[1]);
  return { values, warnings: warningsOf(values, Math.min(...features.shape), thresholds) };
}

function warningsOf(
  values: Record<string, number>,
  fullRank: number,
  thresholds: CollapseThresholds,
): CollapseWarning[] {
  const { featureStd: std = 0.1, meanCosine: cosine = 0.95, rankShare = 0.05 } = thresholds;
  const { balanceShare = 0.2, entropyShare = 0.98 } = thresholds;
  const warnings: CollapseWarning[] = [];
  const warn = (diagnostic: string, bound: 'least' | 'largest', threshold: number, explanation: string) => {
    const value = values[diagnostic];
    if (value === undefined) return;
    const fine = bound === 'least' ? value >= threshold : value <= threshold;
    if (!fine) warnings.push({ diagnostic, value, threshold, explanation });
  };
  const digits = (name: string) => values[name]?.toPrecision(3);
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
  const rank = 1 + rankShare * (fullRank - 1);
  warn(
    'effectiveRank',
    'least',
    rank,
    `The features use ${digits('effectiveRank')} of ${fullRank} possible directions.`,
  );
  const most = values['maxEntropy'] ?? 0;
  warn(
    'balance',
    'least',
    balanceShare * most,
    `Few prototypes take nearly all images: the mean assignment has an entropy of ${digits('balance')} nats of ${most.toPrecision(3)}. A slower centre or Sinkhorn-Knopp balances them.`,
  );
  warn(
    'entropy',
    'largest',
    entropyShare * most,
    `The teacher cannot decide: each assignment has an entropy of ${digits('entropy')} nats of ${most.toPrecision(3)}. A lower teacher temperature sharpens it.`,
  );
  return warnings;
}
