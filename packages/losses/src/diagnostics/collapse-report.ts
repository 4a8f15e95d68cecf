import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { alignment } from '../views/alignment.ts';
import { uniformity } from '../views/uniformity.ts';
import { assignmentEntropy } from './assignment-entropy.ts';
import { collapseWarnings } from './collapse-warnings.ts';
import type { CollapseThresholds, CollapseWarning } from './collapse-warnings.ts';
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
  const fullRank = Math.min(...features.shape);
  return { values, warnings: collapseWarnings({ ...values, fullRank }, thresholds) };
}
