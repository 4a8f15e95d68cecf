export { denormalise, normalise, type Normaliser } from './normalizer.ts';
export { sampleLatents, type SampleLatentsOptions } from './sample-latents.ts';
