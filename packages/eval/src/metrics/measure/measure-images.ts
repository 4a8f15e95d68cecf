import { check, checkNotEmpty, checkOptions, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureNetwork } from '../../networks/feature-network.ts';
import { momentsHash } from '../../features/moments-hash.ts';
import type { Figure, ImageMetric } from './image-metric.ts';
import type { ImageSet } from './image-set.ts';
import { summarizeImages } from './summarize-images.ts';
import type { ImageStatistic } from './summarize-images.ts';

/** What is compared, in which features, by which metrics. */
export interface MeasureImagesOptions {
  network: FeatureNetwork;
  generated: ImageSet;
  /** May be left out if no metric compares. */
  real?: ImageSet;
  metrics: readonly ImageMetric[];
  /** Told the number of images after every batch. */
  onProgress?: (side: 'real' | 'generated', images: number) => void;
  signal?: AbortSignal;
}

/** Figures with what it takes to repeat and to judge them. */
export interface ImageMeasures {
  figures: Figure[];
  /** Name of the feature network. */
  network: string;
  /** Name of the protocol; absent where the network has no choice of any. */
  protocol?: string;
  dims: number;
  /** Images on each side; NaN where a file of statistics does not say. */
  counts: { generated: number; real?: number };
  /** First 16 digits of the SHA-256 of the real features: two results with one hash share their reference. */
  reference?: string;
  /** What makes the figures doubtful, in words; empty if nothing does. */
  warnings: string[];
  /** Each figure in one line, with all of this, for a table or a paper. */
  lines: string[];
}

/**
 * Several metrics of one set of generated images against one of real images, in one pass of the network over each.
 *
 * **Memory** see `summarizeImages`: metrics that need rows keep them.
 *
 * @throws DiptychError if no metric is given, real images are missing, or a set is not sound (see `summarizeImages`)
 * @example
 * const { lines } = await measureImages({ network, generated, real, metrics: [frechetMetric(), kernelMetric({ key: key(0) })] });
 */
export async function measureImages(options: MeasureImagesOptions): Promise<ImageMeasures> {
  const where = 'measureImages';
  const { network, generated, real, metrics, onProgress, signal } = checkOptions(where, options, {
    network: rules.required(evalRules.featureNetwork),
    generated: rules.required(evalRules.images),
    real: evalRules.images,
    metrics: rules.required(rules.list(evalRules.metric)),
    onProgress: rules.callback,
    signal: rules.signal,
  });
  checkNotEmpty(where, { metrics });
  const comparing = metrics.filter((metric) => metric.comparing);
  check(real || comparing.length === 0, where, 'real', 'given, as metrics compare with it', real);
  const pass = (set: ImageSet, side: 'real' | 'generated', of: readonly ImageMetric[]) => {
    const needs = [...new Set<ImageStatistic>(of.flatMap((metric) => metric.needs))];
    return summarizeImages(network, set, { needs, name: side, onProgress: (n) => onProgress?.(side, n), signal });
  };
  const b = real && comparing.length > 0 ? await pass(real, 'real', comparing) : { count: NaN };
  const a = await pass(generated, 'generated', metrics);

  const figures = metrics.flatMap((metric) => metric.figures(a, b, network));
  const known = b.gaussian ?? b.rows ?? b.spatial;
  const reference = known && (await momentsHash(known));
  const counts = { generated: a.count, ...(comparing.length > 0 && { real: b.count }) };
  const { protocol, dims } = network;
  const against = comparing.length > 0 ? ` against ${Number.isNaN(b.count) ? 'unknown many' : b.count}` : '';
  const conditions = [
    ...(protocol ? [protocol] : []),
    `${a.count}${against} images`,
    `${dims} dims`,
    ...(reference ? [`reference ${reference}`] : []),
  ].join(', ');
  const lines = figures.map(({ name, value, std }) => {
    const deviation = std === undefined ? '' : ` ± ${std.toPrecision(2)}`;
    return `${name} ${value.toPrecision(4)}${deviation} (${conditions})`;
  });
  const gaussian = metrics.some(({ needs }) => needs.includes('moments') || needs.includes('spatial'));
  const warnings = gaussian ? tooFew(counts, dims) : [];
  return { figures, network: network.name, ...(protocol && { protocol }), dims, counts, reference, warnings, lines };
}

/** Warns of sides with so few images that the bias of a Fréchet distance dominates it. */
export function tooFew(counts: { generated: number; real?: number }, dims: number): string[] {
  return [
    ['reference images', counts.real],
    ['images', counts.generated],
  ].flatMap(([what, count]) =>
    count !== undefined && (count as number) < 2 * dims
      ? [`${count} ${what} for ${dims} dims: with so few the distance lies well above that of many`]
      : [],
  );
}
