export { evaluateGiven, type GivenPass, type GivenTerms } from './given-pass.ts';
export { FakeNetwork, type FakeNetworkCall, type FakeNetworkOptions } from './fake-network.ts';
export { lossContract, type LossContractOptions } from './loss-contract.ts';
export { randomBatch, type RandomBatchOptions } from './random-batch.ts';
export { expectGolden, golden, lossParity, type ParityCheck, topicOf } from './loss-parity.ts';
