/** Grids of noise levels, noise first: what a sampler is given. No engine. */

export { alignYourSteps } from './align-your-steps.ts';
export { betaSigmas, type BetaSigmasOptions } from './beta-sigmas.ts';
export { exponentialSigmas, type ExponentialSigmasOptions } from './exponential-sigmas.ts';
export { flowSigmas, type FlowSigmasOptions } from './flow-sigmas.ts';
export { flowTimes, type FlowTimesOptions } from './flow-times.ts';
export { iddpmLevels, type IddpmLevelsOptions, iddpmSigmas, type IddpmSigmasOptions } from './iddpm-sigmas.ts';
export { interpolatedSigmas } from './interpolated-sigmas.ts';
export { karrasSigmas, type KarrasSigmasOptions } from './karras-sigmas.ts';
export { polyexponentialSigmas, type PolyexponentialSigmasOptions } from './polyexponential-sigmas.ts';
export { scheduledSigmas, type ScheduledSigmasOptions } from './scheduled-sigmas.ts';
export { shiftForTokens, type ShiftForTokensOptions } from './shift-for-tokens.ts';
export { timeShift, type TimeShiftOptions } from './time-shift.ts';
