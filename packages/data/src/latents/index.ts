export { denormalize, normalize, type Normalizer } from './normalizer.ts';
export { sampleLatents, type SampleLatentsOptions } from './sample-latents.ts';
