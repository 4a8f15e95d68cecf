import { checkRule } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureNetwork } from '../../networks/feature-network.ts';
import type { ImageSet } from '../measure/image-set.ts';
import { measureImages } from '../measure/measure-images.ts';
import { frechetMetric } from '../measure/metrics.ts';

/** A Fréchet distance with what it takes to repeat and to judge it. */
export interface FrechetReport {
  /** `FD-<network>`: the distance and the space it was taken in; `FID` in FID's own network alone. */
  metric: string;
  value: number;
  /** How images were resized and normalized, where the network leaves a choice. */
  protocol?: string;
  /** Name of the feature network. */
  network: string;
  /** Images on each side. */
  counts: { generated: number; real: number };
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
 * const { line } = await imageFrechetDistance(digitFeatures(), sampleBatches, digitSplits().train);
 * // FD-digits 6.44 (360 against 1200 images, 64 dims, reference 3f0c...)
 */
export async function imageFrechetDistance(
  network: FeatureNetwork,
  generated: ImageSet,
  real: ImageSet,
): Promise<FrechetReport> {
  const where = 'imageFrechetDistance';
  checkRule(where, 'network', evalRules.featureNetwork, network);
  checkRule(where, 'generated', evalRules.images, generated);
  checkRule(where, 'real', evalRules.images, real);
  const { figures, counts, dims, protocol, warnings, lines, ...found } = await measureImages({
    network,
    generated,
    real,
    metrics: [frechetMetric()],
  });
  const [{ name: metric, value }] = figures;
  return {
    metric,
    value,
    ...(protocol && { protocol }),
    network: found.network,
    counts: { generated: counts.generated, real: counts.real! },
    dims,
    reference: found.reference!,
    warnings,
    line: lines[0],
  };
}
