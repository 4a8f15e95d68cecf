export type { FeatureRows } from './feature-rows.ts';
export type { FeatureSource, LabeledSource } from './feature-source.ts';
export type { FeatureStore, PassIdentity, PassWriter, StoredPass } from './feature-store.ts';
export { momentsFromNpz, momentsToNpz } from './moments-npz.ts';
export { moments, StreamingMoments } from './moments.ts';
export type { Moments } from './moments.ts';
