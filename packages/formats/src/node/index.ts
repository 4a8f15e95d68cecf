export { fileRange, type FileRange } from './file-range.ts';
export { openSafetensorsFile, type OpenSafetensorsFile } from './open-safetensors-file.ts';
