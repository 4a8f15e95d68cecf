export { fuzzParsers, type FuzzParsersOptions, type ParserRow } from './fuzz-parsers.ts';
export { hostileFiles, type HostileFile } from './hostile-files.ts';
export { changedChunks, changedSegments, packed } from './structured.ts';
