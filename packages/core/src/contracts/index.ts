/** The interfaces that networks, samplers, losses and data sets meet at; read first. (`Objective`, of what is trained, is in `@diptych/losses`.) */

export { augmentationParameters, type Batch, type Batches } from './batch.ts';
export type { Denoise } from './denoiser.ts';
export type { Preconditioning, Diffusion } from './diffusion.ts';
export type { ForwardOptions, NamedVariables, Network, NetworkInput, NetworkOutput } from './network.ts';
export type { Sampler, SamplerStep, StepResult } from './sampler.ts';
