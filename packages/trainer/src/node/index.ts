export { jsonlLog, type JsonlLog, type JsonlLogOptions } from './jsonl-log.ts';
export { loadCheckpoint } from './load-checkpoint.ts';
export { saveCheckpoint, type SaveCheckpointOptions } from './save-checkpoint.ts';
