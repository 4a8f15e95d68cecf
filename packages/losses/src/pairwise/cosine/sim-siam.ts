import { check, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { negativeCosine } from './negative-cosine.ts';

/** One tensor for each of two views. */
export type ViewPair = readonly [tf.Tensor2D, tf.Tensor2D];

/** Checks that each is a pair of tensors. */
export function checkViews(where: string, pairs: Readonly<Record<string, ViewPair>>): void {
  for (const [name, pair] of Object.entries(pairs)) {
    const isPair = Array.isArray(pair) && pair.length === 2 && pair.every(rules.tensor.holds);
    check(isPair, where, name, 'two tensors [B, D], one for each view', pair);
  }
}

/**
 * SimSiam: the prediction from each view must point where the other view's projection does. Without the stop-gradient on
 * the projections it collapses.
 *
 *     L = -1/2 [cos(p1, sg(z2)) + cos(p2, sg(z1))],  mean over the batch
 *
 * **Shapes** all four [B, D] with B >= 2, result a scalar in [-1, 1]. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ or the batch has fewer than 2 rows
 * @see Chen and He 2021, SimSiam, eq. 4, arXiv:2011.10566
 * @example
 * const loss = simSiam([predictor.apply(z1), predictor.apply(z2)], [z1, z2]);
 */
export function simSiam(p: ViewPair, z: ViewPair): tf.Scalar {
  checkViews('simSiam', { p, z });
  const [[p1, p2], [z1, z2]] = [p, z];
  return tf.tidy(() => tf.div(tf.add(negativeCosine(p1, z2), negativeCosine(p2, z1)), 2) as tf.Scalar);
}
