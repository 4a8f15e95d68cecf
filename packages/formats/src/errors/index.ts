export { check, fail } from './check.ts';
export { describeValue } from './describe-value.ts';
export {
  DiptychError,
  FormatError,
  type DiptychErrorDetails,
  type RefusedState,
  type RefusedValue,
} from './diptych-error.ts';
export {
  checkAllFinite,
  checkAllIntegers,
  checkCount,
  checkFinite,
  checkFlag,
  checkIn,
  checkIndex,
  checkInteger,
  checkLength,
  checkNonNegative,
  checkNotEmpty,
  checkPositive,
  checkShape,
  checkShare,
  type NamedLists,
  type NamedValues,
} from './rules.ts';
