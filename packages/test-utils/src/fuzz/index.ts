export { fuzzParsers, type FuzzParsersOptions, type ParserRow } from './fuzz-parsers.ts';
export { hostileFiles, type HostileFile } from './hostile-files.ts';
export { packed } from './structured.ts';
