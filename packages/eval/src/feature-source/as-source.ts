import type { FeatureRows } from '../features/feature-rows.ts';
import type { FeatureSource } from './feature-source.ts';

/** Rows in memory as a source of one chunk; a source as it is. */
export function asSource(features: FeatureRows | FeatureSource): FeatureSource {
  if ('chunks' in features) return features;
  const { rows, dims } = features;
  return { count: rows.length / dims, dims, chunks: () => [{ rows, dims }] };
}
