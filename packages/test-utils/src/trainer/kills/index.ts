export { type Kill, killLoop, type KillLoopOptions, type KillLoopReport } from './kill-loop.ts';
export { runTraining, type RunTrainingOptions, type Told } from './run-training.ts';
