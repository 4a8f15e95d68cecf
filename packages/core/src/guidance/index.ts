/** Denoisers led by a label, a classifier or a worse network. */

export { apg, type ApgOptions, apgUpdate, type ApgUpdateOptions } from './apg.ts';
export { classifierGuided } from './classifier-guided.ts';
export { cfgRescale, cfgZeroStar, magnitudeAwareCfg, tangentialCfg } from './guidance-rules.ts';
export { cfg, type GuidanceInterval, type GuidanceRule, guided, guidedWithin, intervalOfSteps } from './guided.ts';
export { labelGuided, type LabelGuidedOptions } from './label-guided.ts';
