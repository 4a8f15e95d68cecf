export { gaussianOracle, type GaussianOracle } from './gaussian-oracle.ts';
export { mixtureOracle, type Mixture, type MixtureOracle } from './mixture-oracle.ts';
export { expectOrder, measuredOrder, samplerContract, type SamplerContractOptions } from './sampler-contract.ts';
export { expectMarginal, expectWeakOrder, marginalVariance, type WeakOrderOptions } from './marginals.ts';
export { noiseScheduleContract } from './noise-schedule-contract.ts';
export { processContract, type ProcessContractOptions } from './process-contract.ts';
export { scheduleContract } from './schedule-contract.ts';
export { parity } from './parity/index.ts';
