/** What a loss is given: which noise levels are drawn (`Quantile`), and how each is weighed. No engine. */

export {
  cosMapDensity,
  cosMapTime,
  logitNormalDensity,
  logitNormalTime,
  type LogitNormalTimeOptions,
  modeTime,
  type ModeTimeOptions,
} from './quantiles/flow-times.ts';
export { logLogistic, type LogLogisticOptions } from './quantiles/log-logistic.ts';
export { logNormal, type LogNormalOptions } from './quantiles/log-normal.ts';
export {
  lossImportance,
  type LossImportance,
  type LossImportanceOptions,
  type LossImportanceState,
} from './quantiles/loss-importance.ts';
export { type Quantile, sigmasOfTimes } from './quantiles/quantile.ts';
export { splitLogNormal, type SplitLogNormalOptions } from './quantiles/split-log-normal.ts';
export { stratified, type StratifiedOptions } from './quantiles/stratified.ts';
export { minSnr } from './weightings/min-snr.ts';
export { p2, type P2Options } from './weightings/p2.ts';
export { cosMap, karrasWeight, predictionWeight, sigmaSqrt } from './weightings/prediction-weight.ts';
export { softMinSnr } from './weightings/soft-min-snr.ts';
