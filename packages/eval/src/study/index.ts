export { layerSearch } from './layer-search.ts';
export type { LayerCandidate, LayerRun, LayerSearchOptions, LayerTraining } from './layer-search-options.ts';
export type { LayerSearchResult, LayerSearchRow } from './layer-search-result.ts';
