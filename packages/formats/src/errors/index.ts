export { check, fail } from './check.ts';
export { describeValue } from './describe-value.ts';
export {
  DiptychError,
  FormatError,
  type DiptychErrorDetails,
  type RefusedState,
  type RefusedValue,
} from './diptych-error.ts';
export { checkNames, checkOptions, checkRule, rules, type Interval, type OptionRules, type Rule } from './options.ts';
export { explainError } from './explain-error.ts';
export { reasonOf, refuseFile, type RefuseFile } from './refuse-file.ts';
export {
  checkAllFinite,
  checkAllIntegers,
  checkCount,
  checkDtype,
  checkFinite,
  checkFlag,
  checkFunction,
  checkIn,
  checkIndex,
  checkIntegerIn,
  checkInterval,
  checkNonNegative,
  checkNumbers,
  checkPositive,
  checkShape,
  checkShare,
  checkLength,
  checkNotEmpty,
  type NamedLists,
  checkTensor,
  type NamedValues,
  type Shaped,
} from './rules.ts';
