export type { Batch } from './batch.ts';
export type { Denoise } from './denoise.ts';
export type { ForwardOptions, NamedVariables, Network, NetworkInput, NetworkOutput } from './network.ts';
export type { Preconditioning, Process } from './process.ts';

export { denoiser } from './process/denoiser.ts';
export { edm, type EdmOptions } from './process/edm.ts';
export {
  type Conditions,
  preconditioned,
  type PreconditionedOptions,
  type PreconditionedOutput,
} from './process/preconditioned.ts';

export { foldIn } from './random/fold-in.ts';
export { integers } from './random/integers.ts';
export { key, type Key } from './random/key.ts';
export { normalQuantile } from './random/normal-quantile.ts';
export { normal } from './random/normal.ts';
export { normals } from './random/normals.ts';
export { permutation } from './random/permutation.ts';
export { samplewiseNormal, type SamplewiseNormalOptions } from './random/samplewise-normal.ts';
export { split } from './random/split.ts';
export { uniform } from './random/uniform.ts';
export { uniforms } from './random/uniforms.ts';

export { euler, type EulerOptions } from './samplers/euler.ts';
export { heun, type HeunOptions } from './samplers/heun.ts';
export { independentNoise } from './samplers/independent-noise.ts';
export type { NoiseRequest, NoiseSource } from './samplers/noise-source.ts';
export { type SampleEvent, type SampleOptions, samplePath, type SampleProgress } from './samplers/sample-path.ts';
export { sample } from './samplers/sample.ts';
export type { Sampler, SamplerStep, StepResult } from './samplers/sampler.ts';

export { karrasSigmas, type KarrasSigmasOptions } from './schedules/karras-sigmas.ts';
