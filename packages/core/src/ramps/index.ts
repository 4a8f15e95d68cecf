/** Numbers that change over the steps of a training. No engine. */

export {
  constant,
  cosineRamp,
  linearRamp,
  type RampOptions,
  type SchedulePiece,
  schedulePieces,
  type StepSchedule,
  warmup,
  type WarmupFactorOptions,
} from './step-schedule.ts';
