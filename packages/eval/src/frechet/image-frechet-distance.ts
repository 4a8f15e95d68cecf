import type { Batch } from '@diptych/core';
import { inOrder } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { check } from '@diptych/ops';
import { checkRows } from '../features/check-rows.ts';
import type { FeatureNetwork } from '../features/feature-network.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import { isMoments } from '../moments/moments.ts';
import type { Moments } from '../moments/moments.ts';
import { StreamingMoments } from '../moments/streaming-moments.ts';
import { frechetDistance } from './frechet-distance.ts';
import { momentsHash } from './moments-hash.ts';

/** Images in any form, or what is known of them in the network's features. */
export type ImageSet = Dataset | AsyncIterable<Batch> | Iterable<Batch> | FeatureRows | Moments;

/** A Fréchet distance with what it takes to repeat and to judge it. */
export interface FrechetReport {
  /** `FD-<network>`: the distance and the space it was taken in. */
  metric: string;
  value: number;
  /** Images on each side. */
  counts: { reference: number; images: number };
  dims: number;
  /** First 16 digits of the SHA-256 of the reference's features: two reports with one hash share their reference. */
  reference: string;
  /** What makes the figure doubtful, in words; empty if nothing does. */
  warnings: string[];
  /** All of it in one line, for a table or a paper. */
  line: string;
}

/**
 * Fréchet distance of two sets of images in the features of a network, with counts, the hash of the reference and warnings.
 *
 * **Memory** as many feature rows as dims, then only moments, whatever the number of images.
 *
 * @throws DiptychError if a set has fewer than 2 images, or the features are not sound (see `frechetDistance`).
 * @see frechetDistance
 * @example
 * const { line } = await imageFrechetDistance(digitFeatures(), digitSplits().train, sampleBatches);
 * // FD-digits 6.44 (360 against 1200 images, 64 dims, reference 3f0c...)
 */
export async function imageFrechetDistance(
  network: FeatureNetwork,
  reference: ImageSet,
  images: ImageSet,
): Promise<FrechetReport> {
  const [a, b] = [await summarise(network, reference, 'reference'), await summarise(network, images, 'images')];
  const value = frechetDistance(a, b);
  const counts = { reference: countOf(a), images: countOf(b) };
  const sides = [
    ['reference images', counts.reference],
    ['images', counts.images],
  ] as const;
  const warnings = sides
    .filter(([, count]) => count < 2 * network.dims)
    .map(
      ([what, count]) =>
        `${count} ${what} for ${network.dims} dims: with so few the distance lies well above that of many`,
    );
  const metric = `FD-${network.name}`;
  const hash = await momentsHash(a);
  const line = `${metric} ${value.toPrecision(4)} (${counts.images} against ${counts.reference} images, ${network.dims} dims, reference ${hash})`;
  return { metric, value, counts, dims: network.dims, reference: hash, warnings, line };
}

/** Rows while they are fewer than dims (there they are exact), moments from then on. */
async function summarise(network: FeatureNetwork, set: ImageSet, parameter: string): Promise<FeatureRows | Moments> {
  const where = `imageFrechetDistance (${network.name})`;
  if ('rows' in set || isKnown(set)) {
    check(set.dims === network.dims, where, `${parameter}.dims`, `${network.dims}`, set.dims);
    return set;
  }
  const stream = new StreamingMoments(network.dims);
  let few: number[] | undefined = [];
  for await (const batch of 'batch' in set ? inOrder(set) : set) {
    const features = await network.features(batch);
    const count = checkRows(features, where, `features of ${parameter}`);
    check(count === batch.shape[0], where, `features of ${parameter}`, `${batch.shape[0]} rows, one per image`, count);
    stream.add(features);
    if (stream.count < network.dims) few?.push(...features.rows);
    else few = undefined;
  }
  check(stream.count >= 2, where, parameter, 'at least 2 images', stream.count);
  return few ? { rows: Float64Array.from(few), dims: network.dims } : stream.result();
}

function isKnown(set: ImageSet): set is Moments {
  return isMoments(set as Moments);
}

function countOf(set: FeatureRows | Moments): number {
  return isMoments(set) ? set.count : set.rows.length / set.dims;
}
