/** The driver of samplers, and the noise that it hands out. */

export { brownianNoise, type BrownianNoiseOptions } from './brownian-noise.ts';
export { independentNoise } from './independent-noise.ts';
export { nextTask } from './next-task.ts';
export type { NoiseRequest, NoiseSource } from './noise-source.ts';
export { type SampleEvent, type SampleOptions, samplePath, type SampleProgress } from './sample-path.ts';
export { sample } from './sample.ts';
