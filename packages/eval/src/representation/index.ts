export { alignment, uniformity } from './alignment-uniformity.ts';
export { linearCka } from './linear-cka.ts';
export { featureSpectrum } from './spectrum.ts';
export type { FeatureSpectrum } from './spectrum.ts';
