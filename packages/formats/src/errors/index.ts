export { check, fail } from './check.ts';
export { describeValue } from './describe-value.ts';
export {
  DiptychError,
  FormatError,
  type DiptychErrorDetails,
  type RefusedState,
  type RefusedValue,
} from './diptych-error.ts';
export { explainError } from './explain-error.ts';
export {
  checkCount,
  checkFinite,
  checkFlag,
  checkIn,
  checkIndex,
  checkNonNegative,
  checkPositive,
  checkShare,
  type NamedValues,
} from './rules.ts';
