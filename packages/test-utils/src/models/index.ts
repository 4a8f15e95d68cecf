export { officialCase, officialCaseNames, type OfficialCase } from './official-case.ts';
export { known, type OfficialNetwork } from './official-network.ts';
export { autoencoderParity } from './autoencoder-parity.ts';
export { isAutoencoder, officialAutoencoder, type OfficialAutoencoder } from './official-autoencoder.ts';
export { officialNetwork } from './official-networks.ts';
export { officialParity, type Errors, type OfficialParity } from './official-parity.ts';
export { networkContract, type NetworkContractOptions } from './network-contract.ts';
export { fuzzWeightFiles, type FuzzOptions, type FuzzRow } from './fuzz-weight-files.ts';
export { blockCases, type BlockCase } from './block-cases.ts';
