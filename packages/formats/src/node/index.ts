export { fileRange, type FileRange } from './file-range.ts';
export { lockFile, type FileLock, type LockFileOptions } from './lock-file.ts';
export { openSafetensorsFile, type OpenSafetensorsFile } from './open-safetensors-file.ts';
export { type FileContent, partialName, removeLeftovers, replaceFile } from './replace-file.ts';
export { tellErrors } from './tell-errors.ts';
