import type { FeatureNetwork } from '../../networks/feature-network.ts';
import type { ImageSummary } from './image-set.ts';
import type { ImageStatistic } from './summarize-images.ts';

/** One figure with its name and, where it is a mean, its deviation. */
export interface Figure {
  name: string;
  value: number;
  std?: number;
}

/** A way to compare two sets of images, or to judge one, from what a network said of them. */
export interface ImageMetric {
  readonly needs: readonly ImageStatistic[];
  /** Whether it looks at the real images. */
  readonly comparing: boolean;
  figures(generated: ImageSummary, real: ImageSummary, network: FeatureNetwork): Figure[];
}

/** What a metric of FID's family is called in the features of a network: `FID`, or `FD-digits`. */
export function metricName(network: FeatureNetwork, published: string, elsewhere: string): string {
  const own = network.metric ?? `FD-${network.name}`;
  return own === 'FID' ? published : own.replace(/^FD/, elsewhere);
}
