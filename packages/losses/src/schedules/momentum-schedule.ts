import type { Schedule } from './schedule.ts';

/** Momentum of a teacher at a 0-based step: teacher = momentum teacher + (1 - momentum) student. */
export type MomentumSchedule = Schedule;
