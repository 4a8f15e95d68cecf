/** The driver of samplers, and the noise that it hands out. */

export { brownianNoise, type BrownianNoiseOptions } from './brownian-noise.ts';
export { independentNoise, type NoiseRequest, type NoiseSource } from './noise-source.ts';
export { nextTask } from './next-task.ts';
export { type SampleEvent, type SampleOptions, samplePath, type SampleProgress } from './sample-path.ts';
export { sample } from './sample.ts';
