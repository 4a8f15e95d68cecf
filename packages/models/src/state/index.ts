export { loadStateDict, type LoadedStateDict, type LoadStateDictOptions } from './load-state-dict.ts';
export { addLora, mergeLora } from './lora.ts';
export {
  loadAutoencoder,
  loadNetwork,
  type LoadedAutoencoder,
  type LoadedNetwork,
  type LoadNetworkOptions,
  type NetworkSource,
} from './network-file/load-network.ts';
export type { NetworkClass } from './network-file/network-classes.ts';
export {
  processOf,
  type DdpmRecipe,
  type FlowRecipe,
  type PlainOptions,
  type ProcessMaker,
  type ProcessRecipe,
} from './network-file/processes.ts';
export { saveNetwork, type SaveNetworkOptions } from './network-file/save-network.ts';
export {
  fromOfficial,
  namesOf,
  officialConstants,
  toOfficial,
  type NameMap,
  type OfficialWeight,
  nameMapOf,
  type NameMapOptions,
  type Renaming,
} from './official.ts';
export { registerLayers } from './register-layers.ts';
export { stateDict, type HasVariables } from './state-dict.ts';
