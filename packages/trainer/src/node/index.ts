export { jsonlLog, type JsonlLog, type JsonlLogOptions, type LogGap } from './jsonl-log.ts';
export { loadCheckpoint } from './load-checkpoint.ts';
export { type FolderLock, lockFolder } from './lock-folder.ts';
export { saveCheckpoint, type SaveCheckpointOptions } from './save-checkpoint.ts';
export { type StopSignal, stopSignal } from './stop-signal.ts';
