import type { Batch } from '@diptych/core';
import { sequentialBatches } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { check, checkRule, fail } from '@diptych/formats/errors';
import { evalRules } from '../features/eval-rules.ts';
import { checkRows, checkSameDims } from '../features/feature-rows.ts';
import { RowStore } from '../features/row-streams.ts';
import type { FeatureNetwork } from './feature-network.ts';
import type { FeatureRows } from '../features/feature-rows.ts';

/**
 * The features of many images, kept: of a data set, or of batches from anywhere (a sampler, a folder).
 *
 * **Shapes** batches [B, H, W, C]; rows [n, dims]. **Memory** the rows of all images; where that is too much, feed
 * `StreamingMoments` batch by batch.
 *
 * @throws DiptychError if the network gives another number of rows or dims than it should, or a number that is not finite.
 * @example
 * const real = await extractFeatures(digitFeatures(), digitSplits().train);
 */
export async function extractFeatures(
  network: FeatureNetwork,
  images: Dataset | AsyncIterable<Batch> | Iterable<Batch>,
): Promise<FeatureRows> {
  checkRule('extractFeatures', 'network', evalRules.featureNetwork, network);
  checkRule('extractFeatures', 'images', evalRules.images, images);
  const isSource = 'batch' in images || Symbol.asyncIterator in images || Symbol.iterator in images;
  check(isSource, 'extractFeatures', 'images', 'a data set or batches of images', images);
  const kept = new RowStore(network.dims);
  const source = 'batch' in images ? sequentialBatches(images) : images;
  for await (const batch of source) {
    const where = `extractFeatures (${network.name})`;
    checkRule(where, 'a batch of images', evalRules.batch, batch);
    const features = await network.features(batch);
    checkSameDims(where, { network, features });
    const count = checkRows(features, where, 'features');
    check(count === batch.shape[0], where, 'features', `${batch.shape[0]} rows, one per image`, count);
    kept.add(features);
  }
  const found = kept.result();
  if (found.rows.length === 0) fail('extractFeatures', 'there are no images');
  return found;
}
