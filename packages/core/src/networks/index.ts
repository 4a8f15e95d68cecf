/** What can be done with any network that satisfies the contract: its variables by name, its features as vectors. */

export { lerpVariables, prefixed } from './named-variables.ts';
export { readFeatures, type ReadFeaturesOptions } from './read-features.ts';
export { readout } from './readout.ts';
