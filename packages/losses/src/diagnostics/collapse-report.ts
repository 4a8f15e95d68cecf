import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { alignmentLoss, uniformityLoss } from '../pairwise/dispersion/alignment-uniformity.ts';
import { checkRows } from '../pairwise/feature-matrices.ts';
import { assignmentEntropy } from './assignment-entropy.ts';
import {
  type CollapseThresholds,
  type CollapseWarning,
  collapseWarnings,
  thresholdRules,
} from './collapse-warnings.ts';
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
  /**
   * `featureStd`, `meanCosine`, `effectiveRank`, `uniformity`; `alignment` with views; `entropy`, `balance`, `maxEntropy` with
   * probabilities.
   */
  values: Readonly<Record<string, number>>;
  /** Empty when all is well. */
  warnings: readonly CollapseWarning[];
}

/**
 * Tells whether a representation has collapsed, and how: values, and warnings in words for those beyond a threshold.
 *
 * **Shapes** features and views [B, D] with B >= 2, probabilities [B, K]. **Memory** Leaves no tensors. Reads the features back, so call
 * it now and then, not in every step.
 *
 * @throws DiptychError if the features are not [B, D] with B >= 2, or a value is not finite
 * @see Chen and He 2021, SimSiam, figure 2, arXiv:2011.10566; Garrido et al. 2023, RankMe, arXiv:2210.02885; Wang and Isola 2020,
 * arXiv:2005.10242; Caron et al. 2021, DINO, figure 7, arXiv:2104.14294
 * @example
 * for (const { explanation } of (await collapseReport({ features })).warnings) show(explanation);
 */
export async function collapseReport(
  input: CollapseInput,
  thresholds: CollapseThresholds = {},
): Promise<CollapseReport> {
  const where = 'collapseReport';
  const { features, views, probabilities } = checkOptions(
    where,
    input,
    { features: rules.required(rules.tensor), views: rules.tensor, probabilities: rules.tensor },
    'input',
  );
  checkOptions(where, thresholds, thresholdRules, 'thresholds');
  if (probabilities) checkShape(where, { probabilities }, ['B', 'K']);
  checkRows(where, { features });
  const names: string[] = [];
  const scalars = tf.tidy(() => {
    const made: Record<string, tf.Scalar> = {
      featureStd: featureStd(features),
      meanCosine: meanCosine(features),
      uniformity: uniformityLoss(features),
      ...(views && { alignment: alignmentLoss(features, views) }),
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
  const values: Record<string, number> = Object.fromEntries(names.map((name, i) => [name, numbers[i]]));
  values['effectiveRank'] = await rankMe(features);
  if (probabilities) values['maxEntropy'] = Math.log(probabilities.shape[1]);
  const fullRank = Math.min(...features.shape);
  return { values, warnings: collapseWarnings({ ...values, fullRank }, thresholds) };
}
